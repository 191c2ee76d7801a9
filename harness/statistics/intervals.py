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
    """

    mean: float
    low: float
    high: float
    n: int
    deviation: float

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low)


def mean_interval(values: NDArray[Any], level: float = 1 - CONFIDENCE) -> Interval:
    """Return the mean of values and its t interval (Student, Biometrika 6, 1908).

    Of logarithms of ratios it is the interval of the ratio's logarithm.

    Parameters
    ----------
    values
        Shape (n,), finite.
    level
        The probability that the interval misses the true mean.
    """
    return _interval(values, t_half_width(len(values), level))


def sequential_interval(values: NDArray[Any], level: float = 1 - CONFIDENCE) -> Interval:
    """Return the mean and an interval that holds however often one has looked.

    The probability that the true mean is ever outside of the intervals that are
    computed as values come in, at any number of them, is at most `level`.
    """
    return _interval(values, sequential_half_width(len(values), level))


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


def _interval(values: NDArray[Any], half_width: float) -> Interval:
    numbers = np.asarray(values, dtype="float64")
    n = len(numbers)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, math.nan)
    mean = float(numbers.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1, math.nan)
    if np.ptp(numbers) == 0:
        # Values on a coarse grid coincide by chance; that is no proof of no spread.
        end = 0.0 if mean == 0 else math.nan
        return Interval(mean, end, end, n, 0.0)
    deviation = float(numbers.std(ddof=1))
    reach = half_width * deviation
    return Interval(mean, mean - reach, mean + reach, n, deviation)
