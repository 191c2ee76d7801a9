"""Snapshots found, checked and split in time; it imports no torch, as a search begins with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workloads.cfd.boundary_layer import BoundaryLayer, generate
from workloads.cfd.locate import find_folders, open_snapshots
from workloads.cfd.normalisation import measure_ranges
from workloads.cfd.options import CfdOptions
from workloads.cfd.snapshot import COMPONENTS, ArraySnapshot, Snapshot
from workloads.cfd.split import TEST_SHARES, VALIDATION_SHARES, split_in_time

QUICK_VALUES = 2**26
"""How many velocity values can be read within about two seconds."""


@dataclass(frozen=True)
class SnapshotSplit:
    """The snapshots of each part."""

    train: Sequence[Snapshot]
    validation: Sequence[Snapshot]
    test: Sequence[Snapshot]

    @property
    def all(self) -> list[Snapshot]:
        """The snapshots of all parts."""
        return [*self.train, *self.validation, *self.test]


def find_snapshots(root: Path | None, options: CfdOptions) -> SnapshotSplit:
    """Find, check and split the snapshots, without reading their values.

    With a test folder its snapshots are the test set, and the others are split
    80/20 in time; without one all are split 70/15/15 in time.

    Parameters
    ----------
    root
        The data root; None for the synthetic boundary layer.
    options
        What is cut out of a snapshot, and what is left out between the parts.

    Raises
    ------
    DataError
        If data are missing or damaged, or shapes do not fit.
    """
    split = _synthetic_split(options) if root is None else _split_of_files(root, options.gap)
    options.selection.check(split.all)
    return split


def check_values(split: SnapshotSplit, options: CfdOptions) -> None:
    """Look for bad values, if there are at most `QUICK_VALUES`.

    Those of larger data are found when the images are loaded.

    Raises
    ------
    DataError
        If a snapshot cannot be read or normalised.
    """
    if sum(len(COMPONENTS) * math.prod(snapshot.shape) for snapshot in split.all) > QUICK_VALUES:
        return
    for snapshot in split.all:
        measure_ranges(snapshot, options.selection.kept(snapshot.shape), options.block_planes)


@cache
def synthetic_snapshots(layer: BoundaryLayer) -> tuple[ArraySnapshot, ...]:
    """Return the snapshots of a synthetic boundary layer; a process makes them once."""
    return tuple(generate(layer))


def split_off_test(
    snapshots: Sequence[ArraySnapshot],
) -> tuple[list[ArraySnapshot], list[ArraySnapshot]]:
    """Return a synthetic series without its latest part, and that part, for the test."""
    search_share = 1.0 - TEST_SHARES[-1]
    search, test = split_in_time(snapshots, (search_share, TEST_SHARES[-1]))
    return search, test


def _synthetic_split(options: CfdOptions) -> SnapshotSplit:
    search, test = split_off_test(synthetic_snapshots(options.synthetic))
    train, validation = split_in_time(search, VALIDATION_SHARES, options.gap)
    return SnapshotSplit(train, validation, test)


def _split_of_files(root: Path, gap: int) -> SnapshotSplit:
    folders = find_folders(root)
    snapshots = open_snapshots(folders.search)
    if folders.test is None:
        return SnapshotSplit(*split_in_time(snapshots, TEST_SHARES, gap))
    train, validation = split_in_time(snapshots, VALIDATION_SHARES, gap)
    return SnapshotSplit(train, validation, open_snapshots(folders.test))
