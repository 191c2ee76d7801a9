"""Batches for an autoencoder: the target of a plane is the plane itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from workloads.cfd.plane_order import epoch_windows
from workloads.cfd.plane_sets import PlaneSet


class PlaneBatches:
    """Batches of planes, float32 [B, 3, z, x] in the channels-last layout.

    Parameters
    ----------
    planes
        The images.
    batch_size
        Images in a batch; the last one may be smaller.
    window_blocks
        How many blocks are shuffled together.
    generator
        Draws the order of an epoch; without it images come in order.
    """

    def __init__(
        self,
        planes: PlaneSet,
        batch_size: int,
        window_blocks: int,
        generator: torch.Generator | None = None,
    ) -> None:
        self._planes = planes
        self._batch_size = batch_size
        self._window_blocks = window_blocks
        self._generator = generator

    def __len__(self) -> int:
        return math.ceil(len(self._planes) / self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch, each tensor as input and target."""
        windows = epoch_windows(self._planes.block_images, self._window_blocks, self._generator)
        for images in regrouped(self._planes.read(windows), self._batch_size):
            channels_last = images.permute(0, 3, 1, 2)
            yield channels_last, channels_last


def regrouped(pieces: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """Cut a row of pieces into pieces of `size` along the first axis; the last may be smaller."""
    rest: Tensor | None = None
    for piece in pieces:
        start = 0
        if rest is not None:
            start = size - len(rest)
            rest = torch.cat([rest, piece[:start]])
            if len(rest) < size:
                continue
            yield rest
        whole = start + (len(piece) - start) // size * size
        for first in range(start, whole, size):
            yield piece[first : first + size]
        # A copy, for a view would keep the whole piece in memory.
        rest = piece[whole:].clone() if whole < len(piece) else None
    if rest is not None:
        yield rest
