"""Whether the values of an HDF5 dataset are all there.

What was never written, or lies in files that are missing, HDF5 reads as a fill value
without a word.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError

_FILL_ATTRIBUTES = ("_FillValue", "missing_value")


def check_stored(library: ModuleType, dataset: Any, where: str) -> None:
    """Check, without reading them, that a dataset's values are stored.

    Parameters
    ----------
    library
        h5py.
    dataset
        An open dataset.
    where
        What messages call it.

    Raises
    ------
    DataError
        If some were never written, or their files are missing or too short.
    """
    created = dataset.id.get_create_plist()
    layout = created.get_layout()
    if layout == library.h5d.VIRTUAL:
        _check_virtual(library, dataset, created, where)
    elif layout == library.h5d.CHUNKED:
        _check_chunks(dataset, where)
    elif created.get_external_count():
        _check_external(created, where)
    elif layout == library.h5d.CONTIGUOUS and not dataset.id.get_storage_size():
        raise DataError(f"{where} has a shape and no values: they were never written.")


def check_not_missing(dataset: Any, values: NDArray[Any], where: str) -> None:
    """Check that none of a dataset's values is marked as missing, as netCDF marks them.

    Raises
    ------
    DataError
        If one is.
    """
    for attribute in _FILL_ATTRIBUTES:
        fill = dataset.attrs.get(attribute)
        if fill is not None and np.isin(values, fill).any():
            raise DataError(f"{where} has missing values (attribute {attribute}: {fill}).")


def _check_chunks(dataset: Any, where: str) -> None:
    sizes = zip(dataset.shape, dataset.chunks, strict=True)
    chunks = math.prod(math.ceil(cells / side) for cells, side in sizes)
    written = dataset.id.get_num_chunks()
    if written < chunks:
        raise DataError(
            f"{where} has values in {written} of its {chunks} chunks only; the others were never "
            "written."
        )


def _check_external(created: Any, where: str) -> None:
    for number in range(created.get_external_count()):
        name, offset, size = created.get_external(number)
        file = Path(name.decode())
        if not file.is_file():
            raise DataError(
                f"{where} keeps its values in {file}, which is not there. A relative name is "
                "looked for in the directory that the search is started from."
            )
        if file.stat().st_size < offset + size:
            raise DataError(f"{where} keeps its values in {file}, which is too short.")


def _check_virtual(library: ModuleType, dataset: Any, created: Any, where: str) -> None:
    mapped = 0
    for number in range(created.get_virtual_count()):
        name = created.get_virtual_filename(number)
        source = created.get_virtual_dsetname(number)
        points = created.get_virtual_vspace(number).get_select_npoints()
        file = dataset.file.filename if name == "." else _source_file(dataset, name)
        if file is None:
            raise DataError(f"{where} takes its values from {name}, which is not there.")
        with library.File(file, "r") as opened:
            found = opened.get(source)
            if not isinstance(found, library.Dataset):
                raise DataError(f"{where} takes its values from {name}, which has no {source}.")
            selected = created.get_virtual_srcspace(number)
            if not _lies_within(library, selected, points, found.shape):
                raise DataError(
                    f"{where} takes its values from {source} of {name}, which is smaller than that."
                )
            check_stored(library, found, f"{where}: {source} of {name}")
        mapped += points
    if mapped < math.prod(dataset.shape):
        raise DataError(f"{where} takes only {mapped} of its values from other files.")


def _source_file(dataset: Any, name: str) -> Path | None:
    """Return where HDF5 looks for a source: beside the file that names it, or as it is named."""
    places = (Path(dataset.file.filename).parent / name, Path(name))
    return next((place for place in places if place.is_file()), None)


def _lies_within(library: ModuleType, selected: Any, points: int, shape: tuple[int, ...]) -> bool:
    if selected.get_select_type() == library.h5s.SEL_ALL:
        # All of a source, whose shape is not kept.
        return points == math.prod(shape)
    _first, last = selected.get_select_bounds()
    return len(last) == len(shape) and all(a < b for a, b in zip(last, shape, strict=True))
