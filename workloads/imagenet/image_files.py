"""Encoded images with their classes, wherever they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import DataError

_WHOLE_FILE = -1


@dataclass(frozen=True)
class ImageFile:
    """Where the bytes of one encoded image lie.

    Attributes
    ----------
    path
        The file that holds them.
    name
        What errors call the image.
    offset, size
        Which bytes of the file they are; -1 for all from the offset on.
    """

    path: str
    name: str
    offset: int = 0
    size: int = _WHOLE_FILE

    def read(self) -> bytes:
        """Return the encoded image.

        Raises
        ------
        DataError
            If the file cannot be read.
        """
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self.offset)
                return file.read(self.size)
        except OSError as error:
            raise DataError(f"The image {self.name} cannot be read: {error}.") from error


@dataclass(frozen=True)
class ImageCollection:
    """Encoded images in the order of their classes, and in a class by name.

    Attributes
    ----------
    classes
        The class names (wnids), sorted. The position of a name is its label.
    files
        The images.
    labels
        int64 [N].
    """

    classes: tuple[str, ...]
    files: tuple[ImageFile, ...]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.files)

    def select(self, indices: Tensor) -> ImageCollection:
        """Return the images at `indices`, in that order."""
        chosen = tuple(self.files[index] for index in indices.tolist())
        return ImageCollection(self.classes, chosen, self.labels[indices])

    def first(self, classes: int | None, images_per_class: int | None) -> ImageCollection:
        """Return the first classes, and of each the first images; None for all."""
        first_of_class = torch.searchsorted(self.labels, self.labels)
        place_in_class = torch.arange(len(self)) - first_of_class
        kept = torch.ones(len(self), dtype=torch.bool)
        if classes is not None:
            kept &= self.labels < classes
        if images_per_class is not None:
            kept &= place_in_class < images_per_class
        chosen = self.select(kept.nonzero().flatten())
        return ImageCollection(self.classes[:classes], chosen.files, chosen.labels)


@dataclass(frozen=True)
class ImageCollections:
    """The images of ``train`` and of ``val``, of the same classes."""

    train: ImageCollection
    val: ImageCollection


def collect(source: Path, by_class: Mapping[str, Sequence[ImageFile]]) -> ImageCollection:
    """Return images as a collection; labels follow from the sorted class names.

    Parameters
    ----------
    source
        What errors name as the images' place.
    by_class
        The images of each class.

    Raises
    ------
    DataError
        If there is no class, or one without images.
    """
    if not by_class:
        raise DataError(f"{source} holds no images in class folders (train/<wnid>/*.JPEG).")
    empty = sorted(name for name, files in by_class.items() if not files)
    if empty:
        raise DataError(f"{source} has class folders without images: {_some(empty)}.")
    classes = tuple(sorted(by_class))
    files = [sorted(by_class[name], key=lambda file: file.name) for name in classes]
    labels = torch.repeat_interleave(
        torch.arange(len(classes)), torch.tensor([len(group) for group in files])
    )
    return ImageCollection(classes, tuple(file for group in files for file in group), labels)


def same_classes(train: ImageCollection, val: ImageCollection, source: Path) -> ImageCollections:
    """Return both collections together.

    Raises
    ------
    DataError
        If their classes differ.
    """
    if train.classes != val.classes:
        only_train = sorted(set(train.classes) - set(val.classes))
        only_val = sorted(set(val.classes) - set(train.classes))
        raise DataError(
            f"{source}: train and val must have the same classes; only in train: "
            f"{_some(only_train)}; only in val: {_some(only_val)}."
        )
    return ImageCollections(train, val)


def _some(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most]) or "none"
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
