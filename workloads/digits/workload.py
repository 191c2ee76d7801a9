"""Handwritten digits: real data that come with scikit-learn, so that nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, PositiveInt

from harness.training.normalisation import Normalisation
from workloads.nats.options import ImageOptions
from workloads.nats.workload import SizeSpaceWorkload

if TYPE_CHECKING:
    from workloads.nats.images import ImageSets


class DigitsOptions(ImageOptions):
    """The options of the digits; by default a search takes less than a minute on two cores."""

    image_size: PositiveInt | tuple[PositiveInt, PositiveInt] = Field(
        8,
        description=(
            "Pixels: one number for both sides, or [height, width]. 8 is the side of the "
            "originals; 32, that of CIFAR-10, takes eight times as long."
        ),
    )
    batch_size: PositiveInt = Field(32, description="Training images in a step.")
    images: int | None = Field(
        800,
        ge=10,
        le=1500,
        description="Number of images for training and validation together; null for all 1,500.",
    )
    test_images: PositiveInt | None = Field(
        None, le=297, description="Number of test images; null for all 297."
    )


class DigitsWorkload(SizeSpaceWorkload):
    """scikit-learn's 1,797 digits through the CIFAR-10 network and its search space.

    The 8×8 grey images are enlarged to 32×32 and three equal channels, so that a random
    crop moves them by quarters of a pixel, and trained on at `image_size`. The first 1,500
    are for training and validation, the last 297 for the test. Mirrored digits are other
    signs, so images are cropped at random but not flipped.
    """

    name: ClassVar[str] = "digits"
    max_epochs: ClassVar[int] = 6
    default_trials: ClassVar[int] = 8
    options_model: ClassVar[type[ImageOptions]] = DigitsOptions
    training_modules: ClassVar[tuple[str, ...]] = (
        *SizeSpaceWorkload.training_modules,
        "workloads.digits.images",
    )
    flip: ClassVar[bool] = False
    normalisation: ClassVar[Normalisation] = Normalisation((0.305,) * 3, (0.376,) * 3)

    def read_images(self, root: Path | None) -> ImageSets:
        """Return the digits; `root` is not looked at."""
        from workloads.digits.images import read_digits

        return read_digits(self.options.images, self.options.test_images)
