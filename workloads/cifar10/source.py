"""What a place that holds CIFAR-10 can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError

if TYPE_CHECKING:
    from workloads.nats.images import ImageSets

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
