"""What a place that holds CIFAR-10 can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from harness.errors import DataError
from harness.image_batches import LabelledImages
from workloads.nats.workload import ImageSets

SIDE = 32
"""Height and width of an image."""

CLASSES = 10
"""The number of classes."""


class Source(ABC):
    """One place that holds CIFAR-10.

    Parameters
    ----------
    path
        The file or directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """Check the files, without decoding images, and count search and test images.

        Raises
        ------
        DataError
            If data are missing, damaged or of the wrong shape.
        """

    @abstractmethod
    def read(self, images: int | None, test_images: int | None) -> ImageSets:
        """Read the first images of both sets; None for all.

        Raises
        ------
        DataError
            If data are missing, damaged or of the wrong shape.
        """

    def check(self, images: int | None, test_images: int | None) -> None:
        """Check that as many images as are wanted can be read; None for all.

        Raises
        ------
        DataError
            If data are missing, damaged, of the wrong shape, or too few.
        """
        wanted = {"images": images, "test_images": test_images}
        for (option, number), held in zip(wanted.items(), self.sizes(), strict=True):
            if number is not None and number > held:
                raise DataError(f"{option} asks for {number} images and {self.path} has {held}.")


def images_from_pixels(pixels: NDArray[np.generic], labels: NDArray[np.generic]) -> LabelledImages:
    """Turn uint8 [N, height, width, 3] into labelled images."""
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)
    return LabelledImages(images, torch.from_numpy(labels.astype(np.int64)))
