"""CIFAR-10 classification in the NATS-Bench size space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from harness.training.normalisation import Normalisation
from workloads.cifar10.locate import SourceName, find_source
from workloads.nats.options import ImageOptions
from workloads.nats.workload import SizeSpaceWorkload

if TYPE_CHECKING:
    from workloads.nats.images import ImageSets


class Cifar10Options(ImageOptions):
    """The options of CIFAR-10."""

    source: SourceName | None = Field(
        None,
        description=(
            "Which files to read: 'official' (cifar-10-batches-py), 'jpeg' or 'exact' (the NumPy "
            "archives of these names); null takes the first of them that is there."
        ),
    )


class Cifar10Workload(SizeSpaceWorkload):
    """CIFAR-10 through the NATS-Bench size-space network.

    The official training images are split 80/20 into training and validation data;
    the official test images are for the final number only.
    """

    name: ClassVar[str] = "cifar10"
    max_epochs: ClassVar[int] = 12
    options_model: ClassVar[type[ImageOptions]] = Cifar10Options
    options: Cifar10Options
    training_modules: ClassVar[tuple[str, ...]] = (
        *SizeSpaceWorkload.training_modules,
        "workloads.cifar10.pixels",
    )
    flip: ClassVar[bool] = True
    normalisation: ClassVar[Normalisation] = Normalisation(
        mean=(125.3 / 255, 123.0 / 255, 113.9 / 255), std=(63.0 / 255, 62.1 / 255, 66.7 / 255)
    )

    def check_data(self, root: Path | None) -> None:
        """Find the images and check the files that hold them."""
        source = find_source(root, self.options.source)
        source.check(self.options.images, self.options.test_images)

    def read_images(self, root: Path | None) -> ImageSets:
        """Read and decode the images."""
        source = find_source(root, self.options.source)
        return source.read(self.options.images, self.options.test_images)
