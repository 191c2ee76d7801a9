"""ImageNet as folders: ``train/<wnid>/*.JPEG`` and ``val/<wnid>/*.JPEG``."""

from __future__ import annotations

import os
from pathlib import Path

from torchvision.datasets.folder import IMG_EXTENSIONS

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
    by_class: dict[str, list[ImageFile]] = {}
    for folder in sorted(directory.iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            by_class[folder.name] = [
                ImageFile(str(path), name=str(path)) for path in _images_within(folder)
            ]
    if not by_class:
        raise DataError(f"{directory} holds no class folders.")
    return collect(directory, by_class)


def _images_within(folder: Path) -> list[Path]:
    """Return the images of a class, each once: links may lead to where the search has been."""
    visited: set[Path] = set()
    found: list[Path] = []
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = Path(parent).resolve()
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(parent, name)
            for name in files
            if name.lower().endswith(IMG_EXTENSIONS) and not name.startswith(".")
        ]
    return sorted(found)
