"""How long it takes to reach a target, where some searches never did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True)
class Reached:
    """What searches cost until they reached a target (Kaplan and Meier, JASA 53, 1958).

    Attributes
    ----------
    costs, shares
        At which costs the estimated share of searches that have reached it rises, and
        to what.
    median
        The cost by which half have; infinite where fewer ever do.
    reached, searches
        How many of how many did.
    """

    costs: NDArray[Any]
    shares: NDArray[Any]
    median: float
    reached: int
    searches: int


def reached_by(costs: NDArray[Any], censored: NDArray[Any]) -> Reached:
    """Estimate how the share of searches that have reached a target grows with the cost.

    Parameters
    ----------
    costs
        Of each search, at least one, positive: where it reached the target, or ended
        without.
    censored
        Whether it ended without.
    """
    spent = np.asarray(costs, dtype="float64")
    ended = np.asarray(censored, dtype=bool)
    if len(spent) == 0 or not (np.isfinite(spent) & (spent > 0)).all():
        raise ValueError("costs are positive numbers, at least one")
    reached = int((~ended).sum())
    if reached == 0:
        nothing = np.empty(0)
        return Reached(nothing, nothing, math.inf, 0, len(spent))
    curve = stats.ecdf(stats.CensoredData.right_censored(spent, ended)).cdf
    rises = np.diff(curve.probabilities, prepend=0.0) > 0
    at, shares = curve.quantiles[rises], curve.probabilities[rises]
    half = np.flatnonzero(shares >= 0.5 - 1e-12)
    median = float(at[half[0]]) if len(half) else math.inf
    return Reached(at, shares, median, reached, len(spent))
