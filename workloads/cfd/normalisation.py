"""Min-max normalisation of a snapshot, one velocity component at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from workloads.cfd.snapshot import COMPONENTS, Snapshot


@dataclass(frozen=True)
class Range:
    """The smallest and the largest value of one component of one snapshot."""

    low: float
    high: float

    def normalise(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map this range to [-1, 1]."""
        gain = np.float32(2.0 / (self.high - self.low))
        normalised: NDArray[np.float32] = (values - np.float32(self.low)) * gain - np.float32(1.0)
        return normalised


def measure_ranges(snapshot: Snapshot, planes: int, depth: int) -> tuple[Range, ...]:
    """Return the range of each component over the wall-normal planes nearest the wall.

    Parameters
    ----------
    snapshot
        What to measure.
    planes
        How many planes count; those beyond are never looked at.
    depth
        How many of them are in memory at a time.

    Raises
    ------
    DataError
        If a value is not finite, or a component is the same everywhere.
    """
    return tuple(_measure(snapshot, component, planes, depth) for component in COMPONENTS)


def _measure(snapshot: Snapshot, component: str, planes: int, depth: int) -> Range:
    lows, highs = [], []
    for first in range(0, planes, depth):
        values = snapshot.read(component, first, min(planes, first + depth))
        lows.append(float(values.min()))
        highs.append(float(values.max()))
    # NaN and infinity come through minimum and maximum.
    if not np.isfinite([*lows, *highs]).all():
        raise DataError(f"{snapshot.name}: {component} has values that are not finite.")
    found = Range(min(lows), max(highs))
    if found.low == found.high:
        raise DataError(
            f"{snapshot.name}: {component} is {found.low:g} everywhere. A component without "
            "variance cannot be normalised to [-1, 1]."
        )
    return found
