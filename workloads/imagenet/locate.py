"""Finds ImageNet under a data root."""

from __future__ import annotations

from pathlib import Path

from harness.errors import DataError
from workloads.imagenet.archive import read_archive
from workloads.imagenet.folders import read_folders
from workloads.imagenet.image_files import ImageCollections

DEFAULT_ARCHIVE = "imagenet10-128px.tar"
"""The archive that is read where no other is named."""


def find_images(root: Path | None, archive: str | None) -> ImageCollections:
    """List the images under a data root; folders come before an archive.

    Parameters
    ----------
    root
        A directory that holds ``imagenet/``, or is that directory.
    archive
        Name of the only archive to accept, or None.

    Raises
    ------
    DataError
        If there are no images or they are not in order; the message says what to pass.
    """
    if root is None:
        raise DataError(
            "Workload 'imagenet' needs data: pass --data DIR (or set HARNESS_DATA), a directory "
            "with imagenet/train/<wnid>/*.JPEG and imagenet/val/<wnid>/*.JPEG, or with "
            f"imagenet/{DEFAULT_ARCHIVE}."
        )
    places = [place for place in (root / "imagenet", root) if place.is_dir()]
    if archive is None:
        for place in places:
            if (place / "train").is_dir() or (place / "val").is_dir():
                return read_folders(place)
    name = archive or DEFAULT_ARCHIVE
    for place in places:
        if (place / name).is_file():
            return read_archive(place / name)
    wanted = name if archive else f"train/ and val/, and no {name}"
    raise DataError(f"There is no {wanted} in {root / 'imagenet'} or {root}.")
