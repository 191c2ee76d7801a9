"""The data of a search: the images of the snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from workloads.cfd.blocks import Block, blocks_of
from workloads.cfd.options import CfdOptions
from workloads.cfd.plane_sets import HeldPlanes, PlaneSet, StreamedPlanes, image_bytes
from workloads.cfd.snapshot_split import SnapshotSplit


@dataclass(frozen=True)
class FlowData:
    """The images of each part."""

    train: PlaneSet
    validation: PlaneSet
    test: PlaneSet


def load_images(split: SnapshotSplit, options: CfdOptions, device: torch.device) -> FlowData:
    """Measure all snapshots and make them into images.

    Images that fit into the memory budget are read now and stay on the device;
    more than that are read from the files in every epoch.

    Raises
    ------
    DataError
        If a snapshot cannot be read or normalised.
    """
    parts: list[tuple[Block, ...]] = [
        blocks_of(snapshots, options.selection, options.block_planes)
        for snapshots in (split.train, split.validation, split.test)
    ]
    held = sum(image_bytes(blocks) for blocks in parts) <= options.memory_budget_gib * 2**30
    kind = HeldPlanes if held else StreamedPlanes
    train, validation, test = (kind(blocks, device) for blocks in parts)
    return FlowData(train, validation, test)
