"""What a number of searches can show: percentiles, and shares."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

LOW, HIGH = 5, 95
"""Percentiles of an interval: of single searches, not of their mean."""

FEWEST_FOR_PERCENTILES = 20
"""With fewer searches less than one lies beyond each percentile, and an interval is the range."""

SURE = 0.9
"""Share of a cell's searches that must reach the target."""

CONFIDENCE = 0.95
"""Of the exact interval of a share."""

FEWEST_TO_BE_SURE = math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(SURE))
"""Searches whose interval begins at `SURE` if all of them reach the target."""


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return low, median and high of what single searches gave; NaN is no value.

    One search has no interval, and few have the lowest and the highest of them.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not known.size:
        return math.nan, math.nan, math.nan
    middle = float(np.median(known))
    if known.size == 1:
        return math.nan, middle, math.nan
    if known.size < FEWEST_FOR_PERCENTILES:
        return float(known.min()), middle, float(known.max())
    low, high = np.percentile(known, [LOW, HIGH])
    return float(low), middle, float(high)


def share_interval(hits: int, searches: int) -> tuple[float, float]:
    """Return the exact interval (Clopper and Pearson) of the share that some searches show."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits, searches - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, searches - hits)) if hits < searches else 1.0
    return low, high
