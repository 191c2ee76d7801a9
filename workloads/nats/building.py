"""Builds trainings of the size-space network."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from harness.training.image_batches import Augmentation, ImageBatches, LabelledImages
from harness.training.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.workload import BuildContext, Configuration
from workloads.nats.images import LoadedImages
from workloads.nats.network import SizeSpaceNetwork
from workloads.nats.space import channel_numbers

if TYPE_CHECKING:
    from workloads.nats.workload import SizeSpaceWorkload

CROP_PADDING = 4
"""Pixels of black around an image before it is cropped at random."""

EVALUATION_BATCHES = 4
"""How many training batches of images one evaluation batch holds."""


def build_training(
    workload: SizeSpaceWorkload, images: LoadedImages, config: Configuration, context: BuildContext
) -> SupervisedTraining:
    """Build a training of the network that `config` describes, with fresh weights."""
    generator = torch.Generator().manual_seed(context.seed)
    task = SupervisedTask(
        model=partial(SizeSpaceNetwork, channel_numbers(config), workload.classes),
        loss=functional.cross_entropy,
        metric=correct_predictions,
        train=_train_batches(workload, images.train, generator, context),
        validation=_evaluation_batches(workload, images.validation),
        test=_evaluation_batches(workload, images.test),
        generator=generator,
        schedule=workload.options.schedule,
    )
    return SupervisedTraining(task, config, context)


def _train_batches(
    workload: SizeSpaceWorkload,
    images: LabelledImages,
    generator: torch.Generator,
    context: BuildContext,
) -> ImageBatches:
    options = workload.options
    return ImageBatches(
        images,
        context.trial_batch_size(options.batch_size),
        options.size,
        workload.normalisation,
        generator,
        Augmentation(CROP_PADDING, workload.flip) if options.augment else None,
    )


def _evaluation_batches(workload: SizeSpaceWorkload, images: LabelledImages) -> ImageBatches:
    options = workload.options
    return ImageBatches(
        images, EVALUATION_BATCHES * options.batch_size, options.size, workload.normalisation
    )
