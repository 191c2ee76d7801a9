"""ImageNet as folders: ``train/<wnid>/*.JPEG`` and ``val/<wnid>/*.JPEG``."""

from __future__ import annotations

from pathlib import Path

from torchvision.datasets import ImageFolder

from harness.errors import DataError
from workloads.imagenet.image_files import (
    ImageCollection,
    ImageCollections,
    ImageFile,
    collect,
    same_classes,
)


def read_folders(directory: Path) -> ImageCollections:
    """List the images under a directory that has ``train`` and ``val``.

    Raises
    ------
    DataError
        If one of the two is missing, a class folder is empty, or their classes differ.
    """
    return same_classes(
        _list_images(directory / "train"), _list_images(directory / "val"), directory
    )


def _list_images(directory: Path) -> ImageCollection:
    if not directory.is_dir():
        raise DataError(f"There is no directory {directory}; ImageNet needs train/ and val/.")
    try:
        found = ImageFolder(str(directory), allow_empty=True)
    except OSError as error:
        raise DataError(f"{directory} holds no class folders.") from error
    by_class: dict[str, list[ImageFile]] = {name: [] for name in found.classes}
    for path, label in found.samples:
        by_class[found.classes[label]].append(ImageFile(path, name=path))
    return collect(directory, by_class)
