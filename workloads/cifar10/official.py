"""CIFAR-10 from the official files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from workloads.cifar10.source import Source

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

    from workloads.nats.images import ImageSets

TRAIN_IMAGES = 50_000
"""Images in the official training files."""

TEST_IMAGES = 10_000
"""Images in the official test file."""


class OfficialSource(Source):
    """The official ``cifar-10-batches-py`` directory, read by torchvision."""

    def sizes(self) -> tuple[int, int]:
        """Compare every file with its official checksum, which settles the numbers."""
        self._open(train=False)
        return TRAIN_IMAGES, TEST_IMAGES

    def read(self, images: int | None, test_images: int | None) -> ImageSets:
        """Read the official pixels in the official order."""
        from workloads.cifar10.pixels import images_from_pixels
        from workloads.nats.images import ImageSets

        train, test = self._open(train=True), self._open(train=False)
        return ImageSets(
            images_from_pixels(train.data[:images], np.array(train.targets[:images])),
            images_from_pixels(test.data[:test_images], np.array(test.targets[:test_images])),
        )

    def _open(self, train: bool) -> CIFAR10:
        from torchvision.datasets import CIFAR10

        try:
            return CIFAR10(self.path.parent, train=train, download=False)
        except (RuntimeError, OSError) as error:
            raise DataError(
                f"{self.path} is not the complete official CIFAR-10: a file is missing or its "
                "checksum is wrong. Unpack cifar-10-python.tar.gz again."
            ) from error
