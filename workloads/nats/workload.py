"""Image classification with the size-space network: all but the images."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import torch
from ConfigSpace import ConfigurationSpace
from torch.nn import functional

from harness.image_batches import (
    Augmentation,
    ImageBatches,
    LabelledImages,
    Normalisation,
    split_by_class,
)
from harness.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.workload import BuildContext, Configuration, Metric, Workload
from workloads.nats.network import SizeSpaceNetwork
from workloads.nats.options import ImageOptions
from workloads.nats.space import MUTABLE, channel_numbers, size_space

CROP_PADDING = 4
"""Pixels of black around an image before it is cropped at random."""

EVALUATION_BATCHES = 4
"""How many training batches of images one evaluation batch holds."""


@dataclass(frozen=True)
class ImageSets:
    """Images for the search, and images that only test its result."""

    search: LabelledImages
    test: LabelledImages


@dataclass(frozen=True)
class _LoadedImages:
    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


class SizeSpaceWorkload(Workload):
    """Base of the workloads that train the size-space network on images.

    Attributes
    ----------
    classes
        The number of classes.
    flip
        Whether mirrored images keep their class.
    normalisation
        What batches are normalised with.
    """

    metric: ClassVar[Metric] = Metric("accuracy", "max")
    mutable: ClassVar[tuple[str, ...]] = MUTABLE
    options_model: ClassVar[type[ImageOptions]] = ImageOptions
    options: ImageOptions
    classes: ClassVar[int] = 10
    flip: ClassVar[bool]
    normalisation: ClassVar[Normalisation]

    def __init__(self, options: ImageOptions | None = None) -> None:
        super().__init__(options)
        self._loaded: _LoadedImages | None = None

    @abstractmethod
    def read_images(self, root: Path | None) -> ImageSets:
        """Read as many images as the options ask for.

        Raises
        ------
        DataError
            If data are missing, damaged or of the wrong shape.
        """

    def space(self) -> ConfigurationSpace:
        """Return the eight-dimensional search space."""
        return size_space(self.options)

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Read the images, split them and put all of them on the device."""
        images = self.read_images(root)
        train, validation = split_by_class(images.search, split_seed)
        self._loaded = _LoadedImages(
            train.to(device), validation.to(device), images.test.to(device)
        )

    def build(self, config: Configuration, context: BuildContext) -> SupervisedTraining:
        """Build a training of the network that `config` describes.

        Raises
        ------
        RuntimeError
            If the data are not loaded.
        """
        if self._loaded is None:
            raise RuntimeError("load_data must be called before build")
        generator = torch.Generator().manual_seed(context.seed)
        task = SupervisedTask(
            model=partial(SizeSpaceNetwork, channel_numbers(config), self.classes),
            loss=functional.cross_entropy,
            metric=correct_predictions,
            train=self._train_batches(self._loaded.train, generator, context),
            validation=self._evaluation_batches(self._loaded.validation),
            test=self._evaluation_batches(self._loaded.test),
            generator=generator,
            schedule=self.options.schedule,
        )
        return SupervisedTraining(task, config, context)

    def _train_batches(
        self, images: LabelledImages, generator: torch.Generator, context: BuildContext
    ) -> ImageBatches:
        augmentation = Augmentation(CROP_PADDING, self.flip) if self.options.augment else None
        return ImageBatches(
            images,
            context.trial_batch_size(self.options.batch_size),
            self.options.size,
            self.normalisation,
            generator,
            augmentation,
        )

    def _evaluation_batches(self, images: LabelledImages) -> ImageBatches:
        return ImageBatches(
            images,
            EVALUATION_BATCHES * self.options.batch_size,
            self.options.size,
            self.normalisation,
        )
