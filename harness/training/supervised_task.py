"""What a supervised training is given: a model, its data and how both are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from harness.parallel.shares import Batch
from harness.training.optimizers import OptimizerFactory, sgd
from harness.training.schedule import Decay, Schedule
from harness.training.whole_set_metric import WholeSetMetric


class BatchSource(Protocol):
    """Batches of one epoch; every iteration over it is another epoch."""

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        ...

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        ...


@dataclass(frozen=True)
class SupervisedTask:
    """A model, its data and how both are judged.

    A batch is a pair of inputs and targets. Both are tensors [B, ...], or tuples, lists or
    mappings of these: a model is called with a tuple or a list as its arguments, with a
    mapping as its keyword arguments.

    Attributes
    ----------
    model
        Builds the model with fresh weights from torch's default generator.
    loss
        Takes float32 outputs and targets, returns the batch's mean loss.
    metric
        Takes float32 outputs and targets, returns the metric's sum over the
        batch's samples. Its sum over all batches is divided by their samples.
        What is no such sum (AUC, F1) is a `WholeSetMetric`.
    train, validation, test
        The three parts of the data.
    generator
        The generator from which `train` draws its order and augmentation. It
        belongs to one training alone and is part of the training's state.
    schedule
        What the learning rate does after the warm-up.
    optimizer
        Makes the optimizer from the model and a configuration: `harness.training.optimizers.sgd`,
        `adam`, `adamw`, or a function of one's own. It is called again for each new
        configuration, whose settings the running optimizer then gets.
    clip_norm
        The largest norm of the gradients; None for any.
    accumulate
        Batches whose gradients make one step, as one batch of all their samples would.
    average
        How much of the average of the weights a step keeps, such as 0.999. The average
        then validates and is tested. None for the weights themselves.
    """

    model: Callable[[], nn.Module]
    loss: Callable[[Any, Any], Tensor]
    metric: Callable[[Any, Any], Tensor] | WholeSetMetric
    train: BatchSource
    validation: BatchSource
    test: BatchSource
    generator: torch.Generator
    schedule: Schedule | Decay = "cosine"
    optimizer: OptimizerFactory = sgd
    clip_norm: float | None = None
    accumulate: int = 1
    average: float | None = None


def correct_predictions(logits: Tensor, labels: Tensor) -> Tensor:
    """Return how many of the batch's top-1 predictions are right.

    Parameters
    ----------
    logits
        Scores [B, classes].
    labels
        Class numbers [B].
    """
    return (logits.argmax(dim=1) == labels).sum()
