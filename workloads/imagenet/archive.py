"""ImageNet as one uncompressed tar file, read in place."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

from harness.errors import DataError
from workloads.imagenet.image_files import (
    ImageCollection,
    ImageCollections,
    ImageFile,
    collect,
    same_classes,
)

_BLOCK = 512
_MEMBER = re.compile(r"(?:\./)?(train|val)/([^/]+)/([^/]+\.(?:jpe?g|png))", re.IGNORECASE)
_PARENT_FOLDERS = {".", ".."}


def read_archive(path: Path) -> ImageCollections:
    """List the images in a tar file with members ``train/<wnid>/*.JPEG`` and ``val/…``.

    Nothing is unpacked: an image is later read from its place in the file.

    Raises
    ------
    DataError
        If the file is truncated or compressed, has members of another kind, lacks one of
        the two parts, or the classes of the two differ.
    """
    found: dict[str, dict[str, list[ImageFile]]] = {"train": {}, "val": {}}
    for member in _members(path):
        if member.isdir():
            continue
        part, wnid = _place(path, member)
        file = ImageFile(str(path), f"{member.name} of {path}", member.offset_data, member.size)
        found[part].setdefault(wnid, []).append(file)
    return same_classes(_collection(path, found, "train"), _collection(path, found, "val"), path)


def _members(path: Path) -> list[tarfile.TarInfo]:
    try:
        with tarfile.open(path, "r:") as archive:
            members = archive.getmembers()
    except (tarfile.TarError, OSError) as error:
        raise DataError(f"{path} is not a complete, uncompressed tar file: {error}.") from error
    if not _has_end_marker(path, members):
        raise DataError(f"{path} is truncated: the end of the archive is missing.")
    return members


def _has_end_marker(path: Path, members: list[tarfile.TarInfo]) -> bool:
    """Whether a block of zeros follows the last member.

    Python's tarfile takes a cut through a header for the end of the archive.
    """
    if not members:
        return False
    last = members[-1]
    blocks = -(-last.size // _BLOCK)
    with path.open("rb") as file:
        file.seek(last.offset_data + blocks * _BLOCK)
        return file.read(_BLOCK) == bytes(_BLOCK)


def _place(path: Path, member: tarfile.TarInfo) -> tuple[str, str]:
    matched = _MEMBER.fullmatch(member.name)
    if matched is None or matched[2] in _PARENT_FOLDERS or not member.isreg():
        raise DataError(
            f"{path} has the member '{member.name}'; expected are images named "
            "train/<wnid>/<name>.JPEG or val/<wnid>/<name>.JPEG."
        )
    return matched[1].lower(), matched[2]


def _collection(
    path: Path, found: dict[str, dict[str, list[ImageFile]]], part: str
) -> ImageCollection:
    if not found[part]:
        raise DataError(f"{path} has no images in {part}/; ImageNet needs train/ and val/.")
    return collect(path, found[part])
