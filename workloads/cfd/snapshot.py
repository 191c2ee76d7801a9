"""What one snapshot of a flow offers, wherever it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

COMPONENTS = ("u", "v", "w")
"""Streamwise, wall-normal and spanwise velocity: the three channels of a plane."""

Shape = tuple[int, int, int]
"""Cells in (z, y, x): spanwise, wall-normal, streamwise."""


class Snapshot(Protocol):
    """The velocity field of one case at one time.

    Attributes
    ----------
    name
        What messages call it.
    case
        The flow it belongs to; snapshots of one case are a series in time.
    time
        When it was taken; None where that is not recorded.
    shape
        Its cells in (z, y, x); y index 0 is at the wall.
    """

    @property
    def name(self) -> str: ...
    @property
    def case(self) -> str: ...
    @property
    def time(self) -> float | None: ...
    @property
    def shape(self) -> Shape: ...

    def read(self, component: str, first: int, stop: int) -> NDArray[np.float32]:
        """Return one component on the wall-normal planes from `first` up to `stop`.

        Parameters
        ----------
        component
            ``"u"``, ``"v"`` or ``"w"``.
        first, stop
            Range of y indices.

        Returns
        -------
        NDArray
            float32 [z, stop - first, x].

        Raises
        ------
        DataError
            If the data cannot be read.
        """
        ...


@dataclass(frozen=True)
class ArraySnapshot:
    """A snapshot in memory.

    Attributes
    ----------
    fields
        The three components by name, each float32 [z, y, x].
    """

    name: str
    case: str
    time: float | None
    fields: Mapping[str, NDArray[np.float32]]

    @property
    def shape(self) -> Shape:
        """Cells in (z, y, x)."""
        z, y, x = self.fields["u"].shape
        return z, y, x

    def read(self, component: str, first: int, stop: int) -> NDArray[np.float32]:
        """Return a view of one component, [z, stop - first, x]."""
        return self.fields[component][:, first:stop]
