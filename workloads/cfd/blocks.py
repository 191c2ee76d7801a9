"""Blocks of neighbouring planes: what is read from a snapshot in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workloads.cfd.normalisation import Range, measure_ranges
from workloads.cfd.selection import PlaneSelection
from workloads.cfd.snapshot import COMPONENTS, Snapshot


@dataclass(frozen=True)
class Block:
    """Some neighbouring planes of a snapshot, to be read as images.

    Attributes
    ----------
    snapshot
        Where the planes come from.
    ranges
        The range of each component over the snapshot.
    planes
        Their y indices, ascending.
    selection
        How they are cut into images.
    """

    snapshot: Snapshot
    ranges: tuple[Range, ...]
    planes: tuple[int, ...]
    selection: PlaneSelection

    @property
    def images(self) -> int:
        """How many images the planes give."""
        return len(self.planes) * len(self.selection.chunk_starts(self.snapshot.shape))

    @property
    def image_size(self) -> tuple[int, int]:
        """Height (z) and width (x) of an image."""
        return self.selection.image_size(self.snapshot.shape)

    def read(self) -> Tensor:
        """Return normalised images, float32 [images, z, x, 3], chunk after chunk.

        Raises
        ------
        DataError
            If the file cannot be read.
        """
        first, stop = self.planes[0], self.planes[-1] + 1
        chosen = np.asarray(self.planes) - first
        height, width = self.image_size
        starts = self.selection.chunk_starts(self.snapshot.shape)
        images = np.empty((len(starts), len(self.planes), height, width, 3), dtype=np.float32)
        for channel, component in enumerate(COMPONENTS):
            values = self.snapshot.read(component, first, stop)[:, chosen]
            planes = self.ranges[channel].normalise(values).transpose(1, 0, 2)
            for chunk, start in enumerate(starts):
                images[chunk, ..., channel] = planes[:, start : start + height]
        return torch.from_numpy(images.reshape(-1, height, width, 3))


def blocks_of(
    snapshots: Sequence[Snapshot], selection: PlaneSelection, block_planes: int
) -> tuple[Block, ...]:
    """Return the blocks of snapshots, in order, and measure what normalises them.

    This reads every snapshot once, a block at a time, and so finds bad values
    before any training starts.

    Parameters
    ----------
    snapshots
        Snapshots that `selection` has checked.
    selection
        What is cut out of them.
    block_planes
        The most planes of a block.

    Raises
    ------
    DataError
        If a snapshot cannot be read or normalised.
    """
    return tuple(
        block
        for snapshot in snapshots
        for block in _blocks_of_one(snapshot, selection, block_planes)
    )


def _blocks_of_one(snapshot: Snapshot, selection: PlaneSelection, block_planes: int) -> list[Block]:
    ranges = measure_ranges(snapshot, selection.kept(snapshot.shape), block_planes)
    planes = selection.planes(snapshot.shape)
    return [
        Block(snapshot, ranges, planes[first : first + block_planes], selection)
        for first in range(0, len(planes), block_planes)
    ]
