"""How many seeds a question needs, from the spread that a pilot shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.statistics.intervals import CONFIDENCE, Interval, t_half_width, with_sampling
from harness.statistics.regions import Region

POWER = 0.8
"""The probability with which the seeds asked for decide a question."""

MOST_SEEDS = 1_000
"""Where a question needs more, it is said to need more than these."""

_QUANTILES = (np.arange(256) + 0.5) / 256


def decided_probability(
    n: int,
    mean: float,
    deviation: float,
    regions: Sequence[Region],
    level: float,
    sampling: float = 0.0,
) -> float:
    """Return the probability that n seeds decide a question.

    Parameters
    ----------
    n
        At least 2.
    mean, deviation
        Of one seed's value, which is taken to be normal.
    regions
        In which the interval must lie, in one of them.
    level
        Of the interval.
    sampling
        A variance that all seeds share.
    """
    # Over the quantiles of the deviation that n values show.
    shown = deviation * _shown_deviations(n)
    shared = with_sampling(0.0, level, sampling)
    reach = np.hypot(t_half_width(n, level) * shown, shared)
    ends = sorted((region.low, region.high) for region in regions)
    error = deviation / math.sqrt(n)
    undecided = np.ones_like(reach)
    covered = np.full_like(reach, -np.inf)
    for low, high in ends:
        begin = np.maximum(low + reach, covered)
        end = np.maximum(high - reach, begin)
        chance = special.ndtr((end - mean) / error) - special.ndtr((begin - mean) / error)
        undecided = undecided - chance
        covered = np.maximum(covered, end)
    return float(1 - undecided.mean())


@lru_cache(maxsize=4096)
def _shown_deviations(n: int) -> NDArray[Any]:
    squared = 2 * special.gammaincinv((n - 1) / 2, _QUANTILES) / (n - 1)
    return np.asarray(np.sqrt(squared))


def _chi_square(freedom: int, quantile: float) -> float:
    return float(2 * special.gammaincinv(freedom / 2, quantile))


def seeds_needed(
    pilot: Interval, regions: Sequence[Region], level: float = 1 - CONFIDENCE
) -> int | None:
    """Return the seeds in all that decide a question with `POWER`; `MOST_SEEDS` + 1 for more.

    The truth is taken to be what the pilot shows: its mean, and the deviation that is
    exceeded in half of all pilots as small (few seeds show too small a spread more often
    than too large a one).

    Parameters
    ----------
    pilot
        At least two seeds, with a spread.
    regions
        What would decide the question.
    level
        Of the interval that must decide.

    Returns
    -------
    int or None
        None if the pilot shows no spread.
    """
    if not pilot.known or not pilot.deviation > 0:
        return None
    freedom = pilot.n - 1
    deviation = pilot.deviation * math.sqrt(freedom / _chi_square(freedom, 0.5))

    def enough(n: int) -> bool:
        return (
            decided_probability(n, pilot.mean, deviation, regions, level, pilot.sampling) >= POWER
        )

    if not enough(MOST_SEEDS):
        return MOST_SEEDS + 1
    low, high = 1, MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
