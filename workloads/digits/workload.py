"""Handwritten digits: real data that come with scikit-learn, so that nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from pydantic import Field, PositiveInt
from torch.nn import functional

from harness.image_batches import LabelledImages, Normalisation
from workloads.nats.options import ImageOptions
from workloads.nats.workload import ImageSets, SizeSpaceWorkload

TEST_IMAGES = 297
"""How many images, the last ones in the data set's own order, are the test set."""

SIDE = 32
"""Height and width of an image; the originals have a quarter of it."""

GREY_LEVELS = 16
"""The white of the originals."""


class DigitsOptions(ImageOptions):
    """The options of the digits; fewer images are used by default, to keep a search quick."""

    batch_size: PositiveInt = Field(32, description="Training images in a step.")
    images: int | None = Field(
        600,
        ge=10,
        le=1500,
        description="Number of images for training and validation together; null for all 1,500.",
    )


class DigitsWorkload(SizeSpaceWorkload):
    """scikit-learn's 1,797 digits through the CIFAR-10 network and its search space.

    The 8×8 grey images are enlarged to 32×32 and three equal channels. The first
    1,500 are for training and validation, the last 297 for the test. Mirrored digits
    are other signs, so images are cropped at random but not flipped.
    """

    name: ClassVar[str] = "digits"
    max_epochs: ClassVar[int] = 6
    default_trials: ClassVar[int] = 8
    options_model: ClassVar[type[ImageOptions]] = DigitsOptions
    flip: ClassVar[bool] = False
    normalisation: ClassVar[Normalisation] = Normalisation((0.305,) * 3, (0.376,) * 3)

    def read_images(self, root: Path | None) -> ImageSets:
        """Return the digits; `root` is not looked at."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        data = LabelledImages(
            _enlarge(torch.from_numpy(digits.images)), torch.from_numpy(digits.target)
        )
        search = data.select(slice(0, len(data) - TEST_IMAGES))
        test = data.select(slice(len(data) - TEST_IMAGES, None))
        return ImageSets(
            search.select(slice(0, self.options.images)),
            test.select(slice(0, self.options.test_images)),
        )


def _enlarge(grey: torch.Tensor) -> torch.Tensor:
    """Turn grey levels [N, 8, 8] of 0…16 into uint8 [N, 3, 32, 32]."""
    large = functional.interpolate(grey[:, None], (SIDE, SIDE), mode="bilinear")
    levels = (large * (255 / GREY_LEVELS)).round().to(torch.uint8)
    return levels.expand(-1, 3, -1, -1)
