"""Finds CIFAR-10 under a data root."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from harness.errors import DataError
from workloads.cifar10.archives import ExactSource, JpegSource
from workloads.cifar10.official import OfficialSource
from workloads.cifar10.source import Source

SourceName = Literal["official", "jpeg", "exact"]
"""``official``: ``cifar-10-batches-py``. ``jpeg``: all 60,000 images as JPEG files.
``exact``: the first 4,000 official training images."""

_SOURCES: dict[SourceName, tuple[type[Source], str]] = {
    "official": (OfficialSource, "cifar-10-batches-py"),
    "jpeg": (JpegSource, "cifar10-jpeg-60000.npz"),
    "exact": (ExactSource, "cifar10-exact-4000.npz"),
}


def find_source(root: Path | None, wanted: SourceName | None) -> Source:
    """Return the source under a data root; the official files come first.

    Parameters
    ----------
    root
        A directory that holds ``cifar10/`` or a source itself, or one that is a source.
    wanted
        The only source to accept, or None for the first there is.

    Raises
    ------
    DataError
        If there is none; the message says what to pass.
    """
    if root is None:
        raise DataError(
            "Workload 'cifar10' needs data: pass --data DIR (or set HARNESS_DATA), a directory "
            f"with cifar10/ or {_SOURCES['official'][1]}/ in it."
        )
    if not root.is_dir():
        raise DataError(f"The data directory {root} does not exist.")
    accepted = [wanted] if wanted is not None else list(_SOURCES)
    for name in accepted:
        source_type, file_name = _SOURCES[name]
        for path in (root / file_name, root / "cifar10" / file_name, root):
            if path.name == file_name and path.exists():
                return source_type(path)
    names = " or ".join(_SOURCES[name][1] for name in accepted)
    raise DataError(f"There is no {names} in {root} or {root / 'cifar10'}.")
