"""What reconstructing a plane by a mean costs: the error an autoencoder has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workloads.cfd.blocks import blocks_of
from workloads.cfd.options import CfdOptions
from workloads.cfd.snapshot import Snapshot
from workloads.cfd.snapshot_split import SnapshotSplit


@dataclass(frozen=True)
class MeanFieldErrors:
    """Mean squared errors, in normalised velocities, of reconstructing validation planes by means.

    Attributes
    ----------
    field
        By the mean of the training planes at the same wall distance, cell by cell.
    profile
        By that mean, averaged over the plane as well: one number a component and
        wall distance. It is better where few snapshots leave the cell-wise mean noisy.
    """

    field: float
    profile: float

    @property
    def best(self) -> float:
        """The smaller one."""
        return min(self.field, self.profile)


def mean_field_errors(split: SnapshotSplit, options: CfdOptions) -> MeanFieldErrors:
    """Return the errors of reconstructing the validation snapshots by training means.

    All snapshots must have the same shape.
    """
    train = _images_of(split.train, options)
    validation = _images_of(split.validation, options)
    field = train.mean(dim=0)
    profile = field.mean(dim=(1, 2), keepdim=True)
    return MeanFieldErrors(
        field=float(torch.square(validation - field).mean()),
        profile=float(torch.square(validation - profile).mean()),
    )


def _images_of(snapshots: Sequence[Snapshot], options: CfdOptions) -> Tensor:
    """Return images [snapshots, images, z, x, 3]."""
    return torch.stack(
        [
            torch.cat(
                [
                    block.read()
                    for block in blocks_of([snapshot], options.selection, options.block_planes)
                ]
            )
            for snapshot in snapshots
        ]
    )
