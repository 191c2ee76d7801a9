"""Intervals of a mean over seeds: for a number of seeds fixed beforehand, and for any."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

CONFIDENCE = 0.95
"""Of the intervals of a report."""

EFFECT_VARIANCE = 10.0
"""Prior variance of mean ÷ deviation in `sequential_half_width`: large, for few seeds."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    Attributes
    ----------
    mean
        NaN without a number.
    low, high
        NaN where the numbers show no spread to judge by: with one number, or with
        several that are all alike and not zero.
    n
        How many numbers.
    deviation
        Their standard deviation (n − 1), NaN for one.
    sampling
        A variance that all numbers share, so that no number of them makes it smaller: that
        of one test set on which all were measured.
    """

    mean: float
    low: float
    high: float
    n: int
    deviation: float
    sampling: float = 0.0

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low)


def mean_interval(
    values: NDArray[Any], level: float = 1 - CONFIDENCE, sampling: float = 0.0
) -> Interval:
    """Return the mean of values and its t interval (Student, Biometrika 6, 1908).

    Of logarithms of ratios it is the interval of the ratio's logarithm.

    Parameters
    ----------
    values
        Shape (n,), finite.
    level
        The probability that the interval misses the true mean.
    sampling
        A variance that all values share; see `with_sampling`.
    """
    return _interval(values, t_half_width(len(values), level), level, sampling)


def sequential_interval(
    values: NDArray[Any], level: float = 1 - CONFIDENCE, sampling: float = 0.0
) -> Interval:
    """Return the mean and an interval that holds however often one has looked.

    The probability that the true mean is ever outside of the intervals that are
    computed as values come in, at any number of them, is at most `level`.
    """
    return _interval(values, sequential_half_width(len(values), level), level, sampling)


def with_sampling(reach: float, level: float, sampling: float) -> float:
    """Return half the width of an interval that holds a shared error as well.

    The two halves are added as independent errors are, by their squares. That is exact for
    many values, and simulated for few (``tests/harness/statistics``).

    Parameters
    ----------
    reach
        Half the width without it.
    level
        Of the interval.
    sampling
        The variance of the shared error, which is taken to be normal.
    """
    return math.hypot(reach, special.ndtri(level / 2) * math.sqrt(sampling)) if sampling else reach


def t_half_width(n: int, level: float) -> float:
    """Return half the width of a t interval in deviations; infinite for one value."""
    if n < 2:
        return math.inf
    return -float(special.stdtrit(n - 1, level / 2)) / math.sqrt(n)


def sequential_half_width(n: int, level: float) -> float:
    """Return half the width of a t confidence sequence in deviations; infinite for few values.

    It inverts the test martingale of the t test with a normal prior on mean ÷
    deviation and the right Haar prior on the deviation (Lai, Annals of Statistics 4,
    1976; Pérez-Ortiz, Lardy, de Heide and Grünwald, Annals of Statistics 52, 2024).
    """
    if n < 2:
        return math.inf
    growth = 1 + n * EFFECT_VARIANCE
    bound = (math.sqrt(growth) / level) ** (2 / n)
    if bound >= growth:
        return math.inf
    squared = (n - 1) * (bound - 1) / (1 - bound / growth)
    return math.sqrt(squared / n)


def _interval(values: NDArray[Any], half_width: float, level: float, sampling: float) -> Interval:
    numbers = np.asarray(values, dtype="float64")
    n = len(numbers)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, math.nan)
    mean = float(numbers.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1, math.nan, sampling)
    if np.ptp(numbers) == 0:
        # Values on a coarse grid coincide by chance; that is no proof of no spread.
        end = with_sampling(0.0, level, sampling) if mean == 0 else math.nan
        return Interval(mean, mean - end, mean + end, n, 0.0, sampling)
    deviation = float(numbers.std(ddof=1))
    reach = with_sampling(half_width * deviation, level, sampling)
    return Interval(mean, mean - reach, mean + reach, n, deviation, sampling)
