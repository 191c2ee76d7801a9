"""Finds flow fields under a data root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.errors import DataError
from workloads.cfd.hdf5 import Hdf5Snapshot, open_snapshot

TRAIN_FOLDER = "trainfolder"
TEST_FOLDER = "testfolder"

_SUFFIXES = (".hdf5", ".h5")
_LAYOUT = (
    f"a directory with {TRAIN_FOLDER}/ and {TEST_FOLDER}/ of .hdf5 files, the directory "
    "turbulence/ around one, or one directory of .hdf5 files"
)


@dataclass(frozen=True)
class FlowFolders:
    """Where the snapshots are.

    Attributes
    ----------
    search
        Holds the snapshots for training and validation.
    test
        Holds those for the test; None where `search` holds all.
    """

    search: Path
    test: Path | None


def find_folders(root: Path) -> FlowFolders:
    """Return the folders of snapshots under a data root.

    Parameters
    ----------
    root
        A directory with ``trainfolder/`` and ``testfolder/``, or one that holds
        exactly one such directory, itself or in its ``turbulence/``. Failing that,
        a directory of .hdf5 files, or one whose ``turbulence/`` is.

    Raises
    ------
    DataError
        If there is none or more than one, or one of the two folders is missing.
    """
    if not root.is_dir():
        raise DataError(f"The data directory {root} does not exist.")
    flow = root / "turbulence"
    for candidates in ([root, flow], _directories(root), _directories(flow)):
        split = [candidate for candidate in candidates if _is_split(candidate)]
        if len(split) > 1:
            raise DataError(
                f"There are several sets of flow fields in {root}: "
                f"{', '.join(str(path) for path in split)}. Pass one of them as --data."
            )
        if split:
            return _both_folders(split[0])
    for candidate in (flow, root):
        if any(_is_snapshot(path) for path in [*candidate.glob("*"), *candidate.glob("*/*")]):
            return FlowFolders(candidate, None)
    raise DataError(
        f"There are no flow fields in {root}: workload 'cfd' reads {_LAYOUT}. "
        "With no data root at all it generates a flow field."
    )


def open_snapshots(folder: Path) -> list[Hdf5Snapshot]:
    """Look into all .hdf5 files of a folder and of the folders in it.

    The files of one directory are one case: a series of snapshots in time.

    Raises
    ------
    DataError
        If there are none, or one cannot be used.
    """
    paths = sorted(path for path in folder.rglob("*") if _is_snapshot(path))
    if not paths:
        raise DataError(f"There are no .hdf5 files in {folder}.")
    return [open_snapshot(path, path.parent.relative_to(folder).as_posix()) for path in paths]


def _both_folders(directory: Path) -> FlowFolders:
    for present, missing in ((TRAIN_FOLDER, TEST_FOLDER), (TEST_FOLDER, TRAIN_FOLDER)):
        if not (directory / missing).is_dir():
            hint = f"; to split {present}/ itself, pass it as --data" * (present == TRAIN_FOLDER)
            raise DataError(f"{directory} has {present}/ but no {missing}/{hint}.")
    return FlowFolders(directory / TRAIN_FOLDER, directory / TEST_FOLDER)


def _directories(parent: Path) -> list[Path]:
    return sorted(path for path in parent.glob("*") if path.is_dir())


def _is_split(directory: Path) -> bool:
    return (directory / TRAIN_FOLDER).is_dir() or (directory / TEST_FOLDER).is_dir()


def _is_snapshot(path: Path) -> bool:
    return path.suffix in _SUFFIXES and path.is_file()
