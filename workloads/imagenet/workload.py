"""ImageNet classification with a residual network of searched widths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import torch
from ConfigSpace import ConfigurationSpace
from torch.nn import functional

from harness.errors import DataError
from harness.image_batches import split_indices_by_class
from harness.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.workload import BuildContext, Configuration, Metric, Workload
from workloads.imagenet.batches import EvaluationBatches, TrainingBatches
from workloads.imagenet.decoded_images import DecodedImages
from workloads.imagenet.decoding import Decoder, check_encoding
from workloads.imagenet.image_files import ImageCollections
from workloads.imagenet.locate import find_images
from workloads.imagenet.memory_budget import decode_within_budget
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.random_crops import RandomCrops
from workloads.imagenet.residual_network import ResidualNetwork
from workloads.imagenet.space import MUTABLE, stage_channels, stem_channels, width_space

CROP_ASPECT = (0.8, 1.25)
"""Smallest and largest width ÷ height of a training crop."""

CHECKED_IMAGES = 5000
"""How many images of each part `check_data` looks at."""

EVALUATION_BATCHES = 4
"""How many training batches of images one evaluation batch holds."""


@dataclass(frozen=True)
class _LoadedImages:
    classes: int
    train: DecodedImages
    validation: DecodedImages
    test: DecodedImages


class ImagenetWorkload(Workload):
    """ImageNet through a residual network whose widths vary by stage.

    The images of ``train`` are split 80/20 into training and validation data; those
    of ``val`` are for the final number only. The network is He et al.'s (CVPR 2016);
    Aach et al. (SC-W 2023) do not say which, nor which widths they search.
    """

    name: ClassVar[str] = "imagenet"
    metric: ClassVar[Metric] = Metric("accuracy", "max")
    mutable: ClassVar[tuple[str, ...]] = MUTABLE
    max_epochs: ClassVar[int] = 6
    options_model: ClassVar[type[ImagenetOptions]] = ImagenetOptions
    options: ImagenetOptions

    def __init__(self, options: ImagenetOptions | None = None) -> None:
        super().__init__(options)
        self._loaded: _LoadedImages | None = None

    def space(self) -> ConfigurationSpace:
        """Return the eight-dimensional search space."""
        return width_space(self.options)

    def check_data(self, root: Path | None) -> None:
        """List the images, and look at how some thousand of them begin and end."""
        collections = self._find(root)
        check_encoding(collections.train, CHECKED_IMAGES)
        check_encoding(collections.val, CHECKED_IMAGES)

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Split the images, and decode them if their pixels fit in memory."""
        collections = self._find(root)
        train, validation = split_indices_by_class(collections.train.labels, split_seed)
        whole = Decoder(self.options.image_size, "whole")
        centre = Decoder(self.options.image_size, "centre")
        parts = (
            (collections.train.select(train), whole),
            (collections.train.select(validation), centre),
            (collections.val, centre),
        )
        images = decode_within_budget(
            parts, device, self.options.memory_budget_gib, self.options.loader_workers
        )
        self._loaded = _LoadedImages(len(collections.train.classes), *images)

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
            model=partial(
                ResidualNetwork,
                self.options.depth,
                stem_channels(config, self.options.width),
                stage_channels(config, self.options.width),
                self._loaded.classes,
            ),
            loss=partial(functional.cross_entropy, label_smoothing=self.options.label_smoothing),
            metric=correct_predictions,
            train=TrainingBatches(
                self._loaded.train,
                context.trial_batch_size(self.options.batch_size),
                self.options.image_size,
                RandomCrops(area=(self.options.smallest_crop, 1.0), aspect=CROP_ASPECT),
                generator,
            ),
            validation=self._evaluation_batches(self._loaded.validation),
            test=self._evaluation_batches(self._loaded.test),
            generator=generator,
            schedule=self.options.schedule,
        )
        return SupervisedTraining(task, config, context)

    def _find(self, root: Path | None) -> ImageCollections:
        found = find_images(root, self.options.archive)
        limits = (self.options.classes, self.options.images_per_class)
        collections = ImageCollections(found.train.first(*limits), found.val.first(*limits))
        if len(collections.train) < 2:
            raise DataError("ImageNet's train/ needs two images or more, to be split in two.")
        return collections

    def _evaluation_batches(self, images: DecodedImages) -> EvaluationBatches:
        batch_size = EVALUATION_BATCHES * self.options.batch_size
        return EvaluationBatches(images, batch_size, self.options.image_size)
