"""What an interval decides: on which side of which bounds it lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Decision = Literal["above", "below", "equivalent", "supported", "contradicted"]
"""What an interval shows."""


@dataclass(frozen=True)
class Region:
    """Where the truth lies if a decision is right, as an open interval.

    Attributes
    ----------
    decision
        The decision.
    low, high
        The interval; infinite ends are none.
    """

    decision: Decision
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a region needs low < high, not {self.low} and {self.high}")


def comparison_regions(margin: float) -> tuple[Region, ...]:
    """Return what a comparison can show: equivalent within a margin, or a difference.

    Parameters
    ----------
    margin
        Half the width of what is equivalent; with 0 nothing is.
    """
    sides = (Region("above", 0.0, math.inf), Region("below", -math.inf, 0.0))
    if margin <= 0:
        return sides
    return (Region("equivalent", -margin, margin), *sides)


def claim_regions(low: float, high: float) -> tuple[Region, ...]:
    """Return what shows that a claim is true, and what shows that it is not.

    Parameters
    ----------
    low, high
        The truth lies between them if the claim is true.
    """
    regions = [Region("supported", low, high)]
    if math.isfinite(low):
        regions.append(Region("contradicted", -math.inf, low))
    if math.isfinite(high):
        regions.append(Region("contradicted", high, math.inf))
    return tuple(regions)


def decide(low: float, high: float, regions: Sequence[Region]) -> Decision | None:
    """Return the first decision whose region holds a whole interval; None if there is none."""
    for region in regions:
        if region.low < low and high < region.high:
            return region.decision
    return None
