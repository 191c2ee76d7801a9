"""Writes the synthetic boundary layer into files of the layout that real data have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.errors import RequestError
from workloads.cfd.boundary_layer import BoundaryLayer, axes
from workloads.cfd.hdf5 import write_snapshot
from workloads.cfd.locate import TEST_FOLDER, TRAIN_FOLDER
from workloads.cfd.snapshot import ArraySnapshot
from workloads.cfd.snapshot_split import split_off_test, synthetic_snapshots


def write_boundary_layer(layer: BoundaryLayer, out: Path) -> list[Path]:
    """Write a synthetic boundary layer, labelled as such in every file.

    Parameters
    ----------
    layer
        What to generate.
    out
        The directory; it gets ``trainfolder/`` and ``testfolder/``, the latest
        snapshots in the latter.

    Returns
    -------
    list
        The files.

    Raises
    ------
    RequestError
        If one of the folders exists already, or h5py is not installed.
    """
    for folder in (TRAIN_FOLDER, TEST_FOLDER):
        if (out / folder).exists():
            raise RequestError(f"{out / folder} exists already; choose another --out.")
    search, test = split_off_test(synthetic_snapshots(layer))
    paths: list[Path] = []
    for folder, snapshots in ((TRAIN_FOLDER, search), (TEST_FOLDER, test)):
        directory = out / folder / "synthetic"
        directory.mkdir(parents=True)
        for snapshot in snapshots:
            path = directory / f"boundaryLayer{len(paths):05d}.hdf5"
            write_snapshot(path, snapshot.fields, _attributes(layer, snapshot))
            paths.append(path)
    return paths


def _attributes(layer: BoundaryLayer, snapshot: ArraySnapshot) -> dict[str, Any]:
    points = axes(layer)
    return {
        "synthetic": True,
        "title": "Synthetic turbulent boundary layer: random fluctuations, not a simulation",
        "axis_order": "z, y, x",
        "velocity_unit": "free-stream velocity",
        "length_unit": "boundary-layer thickness",
        "time": snapshot.time,
        "friction_reynolds": layer.friction_reynolds,
        "seed": layer.seed,
        "x": points.x,
        "y": points.y,
        "z": points.z,
    }
