"""CIFAR-10 from one of two NumPy archives."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from workloads.cifar10.source import CLASSES, SIDE, Source

if TYPE_CHECKING:
    from harness.training.image_batches import LabelledImages
    from workloads.nats.images import ImageSets

Arrays = Mapping[str, NDArray[Any]]

_JPEG_PARTS = ("jpeg", "offset", "labels")


class JpegSource(Source):
    """An archive of all images as JPEG files, one after the other.

    Of each split, ``train`` and ``test``, it holds ``<split>_jpeg`` uint8 [bytes],
    ``<split>_offset`` int64 [n + 1] and ``<split>_labels`` uint8 [n].
    """

    def sizes(self) -> tuple[int, int]:
        """Read the archive and check what its arrays say of one another."""
        arrays = self._load()
        return len(arrays["train_labels"]), len(arrays["test_labels"])

    def read(self, images: int | None, test_images: int | None) -> ImageSets:
        """Decode as many images as are wanted."""
        from workloads.nats.images import ImageSets

        arrays = self._load()
        return ImageSets(
            self._decode(arrays, "train", images), self._decode(arrays, "test", test_images)
        )

    def _load(self) -> Arrays:
        splits = ("train", "test")
        arrays = load_archive(
            self.path, [f"{split}_{part}" for split in splits for part in _JPEG_PARTS]
        )
        for split in splits:
            encoded, offsets, labels = (arrays[f"{split}_{part}"] for part in _JPEG_PARTS)
            consistent = (
                encoded.dtype == np.uint8
                and offsets.dtype.kind in "iu"
                and encoded.ndim == offsets.ndim == 1
                and len(offsets) == len(labels) + 1
                and offsets[0] == 0
                and offsets[-1] == len(encoded)
                and bool(np.all(offsets[:-1] < offsets[1:]))
            )
            if not consistent:
                raise DataError(
                    f"{self.path}: the arrays {split}_jpeg, {split}_offset and {split}_labels "
                    "do not belong together."
                )
            _check_labels(self.path, labels)
        return arrays

    def _decode(self, arrays: Arrays, split: str, number: int | None) -> LabelledImages:
        from workloads.cifar10.pixels import images_from_jpeg

        encoded, offsets, labels = (arrays[f"{split}_{part}"] for part in _JPEG_PARTS)
        try:
            return images_from_jpeg(encoded, offsets, labels[:number])
        except ValueError as error:
            raise DataError(f"{self.path} holds {error}") from error


class ExactSource(Source):
    """An archive of official training images, without official test images.

    It holds ``images`` uint8 [n, 32, 32, 3] and ``labels`` uint8 [n]. The last fifth
    serves as the test set.
    """

    def sizes(self) -> tuple[int, int]:
        """Read the archive and check its shapes."""
        images = len(self._load()["labels"])
        return _searched(images), images - _searched(images)

    def read(self, images: int | None, test_images: int | None) -> ImageSets:
        """Divide the images into those for the search and those for the test."""
        from workloads.cifar10.pixels import images_from_pixels
        from workloads.nats.images import ImageSets

        arrays = self._load()
        data = images_from_pixels(arrays["images"], arrays["labels"])
        searched = _searched(len(data))
        return ImageSets(
            data.select(slice(0, searched)).select(slice(0, images)),
            data.select(slice(searched, None)).select(slice(0, test_images)),
        )

    def _load(self) -> Arrays:
        arrays = load_archive(self.path, ["images", "labels"])
        images, labels = arrays["images"], arrays["labels"]
        expected = (len(labels), SIDE, SIDE, 3)
        if images.dtype != np.uint8 or images.shape != expected:
            raise DataError(
                f"{self.path}: images must be uint8 {list(expected)}, "
                f"not {images.dtype} {list(images.shape)}."
            )
        _check_labels(self.path, labels)
        if int(images.max(initial=0)) <= 1:
            raise DataError(
                f"{self.path}: the pixels of images lie in 0…{images.max(initial=0)}; uint8 pixels "
                "go up to 255."
            )
        return arrays


def _searched(images: int) -> int:
    return images * 4 // 5


def load_archive(path: Path, keys: list[str]) -> Arrays:
    """Read arrays from a ``.npz`` archive; no code from it is executed.

    Raises
    ------
    DataError
        If the archive is damaged or lacks one of `keys`.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [key for key in keys if key not in archive]
            if missing:
                raise DataError(f"{path} lacks the arrays {', '.join(missing)}.")
            return {key: archive[key] for key in keys}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged or incomplete: {error}") from error


def _check_labels(path: Path, labels: NDArray[Any]) -> None:
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: labels must be one-dimensional integers.")
    if int(labels.min()) < 0 or int(labels.max()) >= CLASSES:
        raise DataError(f"{path}: labels must lie in 0…{CLASSES - 1}.")
