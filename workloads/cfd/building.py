"""Builds trainings of the autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from harness.training.supervised import SupervisedTask
from harness.workload import BuildContext, Configuration
from workloads.cfd.autoencoder import PlaneAutoencoder, mean_squared_errors
from workloads.cfd.batches import PlaneBatches
from workloads.cfd.flow_data import FlowData
from workloads.cfd.options import CfdOptions
from workloads.cfd.plane_sets import PlaneSet
from workloads.cfd.training import AutoencoderTraining


def build_training(
    options: CfdOptions, data: FlowData, config: Configuration, context: BuildContext
) -> AutoencoderTraining:
    """Build a training of the autoencoder, with fresh weights."""
    generator = torch.Generator().manual_seed(context.seed)
    task = SupervisedTask(
        model=PlaneAutoencoder,
        loss=functional.mse_loss,
        metric=_summed_errors,
        train=_batches(options, data.train, context, generator),
        validation=_batches(options, data.validation, context),
        test=_batches(options, data.test, context),
        generator=generator,
        schedule=options.schedule,
    )
    return AutoencoderTraining(task, config, context)


def _batches(
    options: CfdOptions,
    planes: PlaneSet,
    context: BuildContext,
    generator: torch.Generator | None = None,
) -> PlaneBatches:
    batch_size = context.trial_batch_size(options.batch_size)
    return PlaneBatches(planes, batch_size, options.window_blocks, generator)


def _summed_errors(reconstructions: Tensor, planes: Tensor) -> Tensor:
    return mean_squared_errors(reconstructions, planes).sum()
