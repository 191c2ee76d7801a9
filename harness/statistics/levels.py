"""From which level on an interval of a mean shows a decision."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from scipy import special

from harness.statistics.intervals import (
    EFFECT_VARIANCE,
    Interval,
    sequential_half_width,
    t_half_width,
    with_sampling,
)
from harness.statistics.regions import Decision, Region

_SMALLEST_LOG_LEVEL = -690.0
_PRECISION = 1e-9

_SIDES: tuple[Decision, ...] = ("above", "below")


def levels_of(
    interval: Interval, regions: Sequence[Region], sequential: bool = False
) -> dict[Decision, float]:
    """Return the smallest level at which the interval lies in the region of each decision.

    Of the regions that lie on the two sides of others only the nearer one counts: an
    interval that misses the truth can lie in one of them at a time. For the region
    between two margins this is twice the level of two one-sided tests (Schuirmann,
    Journal of Pharmacokinetics and Biopharmaceutics 15, 1987), for that an interval of
    the usual 95 % must lie within the margins.

    Parameters
    ----------
    interval
        Of a mean.
    regions
        Of a comparison or of a claim.
    sequential
        Whether the interval is to hold however often one has looked.
    """
    level = sequential_level if sequential else t_level
    found: dict[Decision, float] = {}
    for region in regions:
        depth = min(interval.mean - region.low, region.high - interval.mean)
        own = level(depth, interval)
        if own < found.get(region.decision, math.inf):
            found[region.decision] = own
    sides = [name for name in _SIDES if name in found]
    if len(sides) == 2:
        del found[max(sides, key=lambda name: found[name])]
    return found


def t_level(depth: float, interval: Interval) -> float:
    """Return the level of the t interval that reaches `depth` from the mean; 1 if none does."""
    if not interval.known or not depth > 0:
        return 1.0
    if interval.sampling:
        return _level_with_sampling(depth, interval, t_half_width)
    if interval.deviation == 0:
        return 0.0
    return float(2 * special.stdtr(interval.n - 1, -_statistic(depth, interval)))


def sequential_level(depth: float, interval: Interval) -> float:
    """Return the same of the interval that holds at any number of values."""
    if not interval.known or not depth > 0:
        return 1.0
    if interval.sampling:
        return _level_with_sampling(depth, interval, sequential_half_width)
    if interval.deviation == 0:
        return 0.0
    n, squared = interval.n, _statistic(depth, interval) ** 2
    growth = 1 + n * EFFECT_VARIANCE
    # The logarithm of the Bayes factor against a mean at that depth.
    evidence = -0.5 * math.log(growth) + n / 2 * (
        math.log1p(squared / (n - 1)) - math.log1p(squared / (growth * (n - 1)))
    )
    return min(1.0, math.exp(-evidence))


def _level_with_sampling(
    depth: float, interval: Interval, half_width: Callable[[int, float], float]
) -> float:
    """Return the same of an interval that holds a shared error as well, by bisection."""

    def reach(level: float) -> float:
        own = half_width(interval.n, level) * interval.deviation if interval.deviation else 0.0
        return with_sampling(own, level, interval.sampling)

    low, high = _SMALLEST_LOG_LEVEL, 0.0
    if reach(1.0) >= depth:
        return 1.0
    while high - low > _PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if reach(math.exp(middle)) < depth else (middle, high)
    return math.exp(high)


def _statistic(depth: float, interval: Interval) -> float:
    return depth * math.sqrt(interval.n) / interval.deviation
