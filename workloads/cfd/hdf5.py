"""Snapshots in HDF5 files, in the layouts that AI4HPC reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError, RequestError
from workloads.cfd.hdf5_storage import check_not_missing, check_stored
from workloads.cfd.snapshot import COMPONENTS, Shape

_GROUP_LEVELS = 2
_WRITTEN_GROUP = "box0/fields"


@dataclass(frozen=True)
class Hdf5Snapshot:
    """A snapshot in a file, which is open only while something is read from it.

    Attributes
    ----------
    path
        The file.
    case
        The flow it belongs to.
    time
        The root attribute ``time``; None where there is none.
    group
        The group that holds the datasets ``u``, ``v`` and ``w``.
    shape
        Their shape, in (z, y, x).
    """

    path: Path
    case: str
    time: float | None
    group: str
    shape: Shape

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def read(self, component: str, first: int, stop: int) -> NDArray[np.float32]:
        """Return one component on a range of wall-normal planes, [z, stop - first, x]."""
        try:
            with hdf5().File(self.path, "r") as file:
                dataset = file[self.group][component]
                values = dataset[:, first:stop]
                check_not_missing(dataset, values, f"{self.path}: {component}")
        except (OSError, RuntimeError) as error:
            raise _damaged(self.path, error) from None
        return np.asarray(values, dtype=np.float32)


def open_snapshot(path: Path, case: str) -> Hdf5Snapshot:
    """Look into a file, without reading its values, and return its snapshot.

    The datasets ``u``, ``v`` and ``w`` lie in the root or up to two groups below
    it; of several groups the first is taken, whatever its name.

    Raises
    ------
    DataError
        If the file is damaged, lacks a component or some of its values, or the
        components differ in shape.
    RequestError
        If h5py is not installed.
    """
    library = hdf5()
    try:
        with library.File(path, "r") as file:
            group = _group_of_components(library, file, path)
            shape = _common_shape(group, path)
            for component in COMPONENTS:
                check_stored(library, group[component], f"{path}: {component}")
            return Hdf5Snapshot(path, case, _recorded_time(file), group.name, shape)
    except (OSError, RuntimeError) as error:
        raise _damaged(path, error) from None


def write_snapshot(
    path: Path, fields: Mapping[str, NDArray[np.float32]], attributes: Mapping[str, Any]
) -> None:
    """Write a snapshot with two levels of groups.

    Parameters
    ----------
    path
        The file; its directory must exist.
    fields
        The three components by name, each float32 [z, y, x].
    attributes
        Attributes of the root.

    Raises
    ------
    RequestError
        If h5py is not installed.
    """
    with hdf5().File(path, "w") as file:
        file.attrs.update(attributes)
        group = file.create_group(_WRITTEN_GROUP)
        for component in COMPONENTS:
            group.create_dataset(component, data=fields[component], compression="gzip")


def hdf5() -> ModuleType:
    """Return h5py.

    Raises
    ------
    RequestError
        If it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise RequestError(
            "Flow fields in HDF5 files need h5py: pip install 'hpo-harness[cfd]'. "
            "Without --data, workload 'cfd' generates a flow field in memory."
        ) from None
    module: ModuleType = h5py
    return module


def _group_of_components(library: ModuleType, file: Any, path: Path) -> Any:
    group = file
    for _ in range(_GROUP_LEVELS):
        first = next(iter(group), None)
        if any(component in group for component in COMPONENTS) or first is None:
            break
        if not isinstance(group.get(first), library.Group):
            break
        group = group[first]
    missing = [
        component
        for component in COMPONENTS
        if not isinstance(group.get(component), library.Dataset)
    ]
    if missing:
        found = ", ".join(_described(library, group, name) for name in group)
        raise DataError(
            f"{path} has no dataset {', '.join(missing)} in its group '{group.name}', only "
            f"{found or 'nothing'}. A flow field needs u, v and w."
        )
    return group


def _described(library: ModuleType, group: Any, name: str) -> str:
    found = group.get(name)
    if found is None:
        return f"{name} (a link to what is not there)"
    return f"{name} (a group)" if isinstance(found, library.Group) else name


def _common_shape(group: Any, path: Path) -> Shape:
    shapes = {component: group[component].shape for component in COMPONENTS}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{component} {shape}" for component, shape in shapes.items())
        raise DataError(f"{path}: the components differ in shape: {told}.")
    shape = shapes["u"]
    if shape is None:
        raise DataError(f"{path}: the datasets u, v and w are empty (null data sets).")
    if len(shape) != 3 or 0 in shape:
        raise DataError(f"{path}: the components have shape {shape}, not (z, y, x).")
    for component in COMPONENTS:
        if group[component].dtype.kind not in "fiu":
            raise DataError(f"{path}: {component} holds {group[component].dtype}, not numbers.")
    z, y, x = shape
    return z, y, x


def _recorded_time(file: Any) -> float | None:
    try:
        return float(file.attrs["time"])
    except (KeyError, TypeError, ValueError):
        return None


def _damaged(path: Path, error: Exception) -> DataError:
    cause = " ".join(str(error).split())
    if "unable to lock" in cause:
        return DataError(f"{path} is open for writing in another process; wait for its end.")
    return DataError(f"{path} cannot be read; it is damaged or no HDF5 file ({cause}).")
