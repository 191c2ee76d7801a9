"""The sampling error of a test set, which all seeds share."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.report.comparisons import Measure, Paired, Row

ACCURACY = "accuracy"
"""The metric of which each sample is right or wrong."""


def shared_variance(
    metric: str, column: str, paired: Paired, pair: Callable[[Measure], Paired | None]
) -> float:
    """Return the variance that a difference of accuracies owes to the test set; 0 if unknown.

    It is taken as if both had been tested on images of their own, which is the most it is if
    they are right and wrong on the same images rather than not. What is the same to the last
    digit is right on the same images.

    Parameters
    ----------
    metric
        What is compared.
    column
        Of a collection's table, where it is.
    paired
        The differences.
    pair
        Compares the same runs by another measure.
    """
    if metric != ACCURACY or not paired.values.any():
        return 0.0

    def measure(one: Row, other: Row) -> float:
        return sum(sampling_variance(r[column], r["test_samples"]) for r in (one, other))

    shared = pair(measure)
    if shared is None or (shared.blocks, shared.cells) != (paired.blocks, paired.cells):
        return 0.0
    return float(shared.values.mean())


def sampling_variance(value: float, samples: float) -> float:
    """Return the variance of an accuracy that a test set of so many samples gives; NaN if unknown.

    It is binomial: the samples are drawn independently, and each is right or wrong.
    """
    known = math.isfinite(samples) and samples > 0 and 0 <= value <= 1
    return value * (1 - value) / samples if known else math.nan
