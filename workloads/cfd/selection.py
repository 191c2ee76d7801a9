"""Which planes of a snapshot become images, and how wide an image is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.errors import DataError
from workloads.cfd.snapshot import Shape, Snapshot


@dataclass(frozen=True)
class PlaneSelection:
    """What is cut out of a snapshot.

    Every wall-normal plane is an image of z × x cells with three channels.

    Attributes
    ----------
    trim
        Planes dropped at the far end of y, the free stream of a boundary layer.
    max_planes
        How many of the others to use, evenly spaced; None for all.
    chunk_width
        Cells in z of an image; wider planes give several images. None for all of z.
    """

    trim: int = 0
    max_planes: int | None = None
    chunk_width: int | None = None

    def kept(self, shape: Shape) -> int:
        """Return how many planes lie below the trimmed free stream."""
        return shape[1] - self.trim

    def planes(self, shape: Shape) -> tuple[int, ...]:
        """Return the y indices of the planes to use, in ascending order."""
        kept = self.kept(shape)
        used = kept if self.max_planes is None else min(kept, self.max_planes)
        return tuple(int(plane) for plane in np.linspace(0, kept - 1, used).round())

    def chunk_starts(self, shape: Shape) -> tuple[int, ...]:
        """Return the z indices at which images begin.

        As few chunks as cover z, evenly spaced from end to end: for 250 cells the
        first and the last 250 of 300, 400 or 450, and three of 750.
        """
        width = self._width(shape)
        chunks = math.ceil(shape[0] / width)
        return tuple(int(start) for start in np.linspace(0, shape[0] - width, chunks).round())

    def image_size(self, shape: Shape) -> tuple[int, int]:
        """Return height (z) and width (x) of an image."""
        return self._width(shape), shape[2]

    def check(self, snapshots: Sequence[Snapshot]) -> None:
        """Check that all snapshots give images of one size and the same planes.

        Raises
        ------
        DataError
            If shapes differ or are too small for what is to be cut out.
        """
        first = snapshots[0]
        for snapshot in snapshots:
            self._check_size(snapshot)
            if snapshot.shape[1:] != first.shape[1:]:
                raise DataError(
                    f"{snapshot.name} has {_told(snapshot.shape)} and {first.name} "
                    f"{_told(first.shape)}: wall-normal and streamwise sizes must agree."
                )
        widths = sorted({snapshot.shape[0] for snapshot in snapshots})
        if self.chunk_width is None and len(widths) > 1:
            raise DataError(
                f"The snapshots have different spans of z: {', '.join(map(str, widths))} cells. "
                f"Cut them with --set workload_options.chunk_width={widths[0]} or less."
            )

    def _check_size(self, snapshot: Snapshot) -> None:
        if self.kept(snapshot.shape) < 1:
            raise DataError(
                f"{snapshot.name} has {snapshot.shape[1]} wall-normal planes; with trim "
                f"{self.trim} none is left."
            )
        if self.chunk_width is not None and self.chunk_width > snapshot.shape[0]:
            raise DataError(
                f"{snapshot.name} spans {snapshot.shape[0]} cells in z, fewer than chunk_width "
                f"{self.chunk_width}."
            )

    def _width(self, shape: Shape) -> int:
        return shape[0] if self.chunk_width is None else self.chunk_width


def _told(shape: Shape) -> str:
    return "z × y × x = " + " × ".join(map(str, shape))
