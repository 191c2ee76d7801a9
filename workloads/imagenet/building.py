"""Builds trainings of the residual network."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional

from harness.training.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.workload import BuildContext, Configuration
from workloads.imagenet.batches import EvaluationBatches, TrainingBatches
from workloads.imagenet.decoded_images import DecodedImages
from workloads.imagenet.loading import LoadedImages
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.random_crops import RandomCrops
from workloads.imagenet.residual_network import ResidualNetwork
from workloads.imagenet.space import stage_channels, stem_channels

CROP_ASPECT = (0.8, 1.25)
"""Smallest and largest width ÷ height of a training crop."""

EVALUATION_BATCHES = 4
"""How many training batches of images one evaluation batch holds."""


def build_training(
    options: ImagenetOptions, images: LoadedImages, config: Configuration, context: BuildContext
) -> SupervisedTraining:
    """Build a training of the network that `config` describes, with fresh weights."""
    generator = torch.Generator().manual_seed(context.seed)
    task = SupervisedTask(
        model=partial(
            ResidualNetwork,
            options.depth,
            stem_channels(config, options.width),
            stage_channels(config, options.width),
            images.classes,
        ),
        loss=partial(functional.cross_entropy, label_smoothing=options.label_smoothing),
        metric=correct_predictions,
        train=TrainingBatches(
            images.train,
            context.trial_batch_size(options.batch_size),
            options.image_size,
            RandomCrops(area=(options.smallest_crop, 1.0), aspect=CROP_ASPECT),
            generator,
        ),
        validation=_evaluation_batches(options, images.validation),
        test=_evaluation_batches(options, images.test),
        generator=generator,
        schedule=options.schedule,
    )
    return SupervisedTraining(task, config, context)


def _evaluation_batches(options: ImagenetOptions, images: DecodedImages) -> EvaluationBatches:
    return EvaluationBatches(images, EVALUATION_BATCHES * options.batch_size, options.image_size)
