"""The diabetes workload: a small network that predicts how the disease progresses."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import torch
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer, OrdinalHyperparameter
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn import functional

from harness.training.schedule import Schedule
from harness.training.supervised import SupervisedTask, SupervisedTraining
from harness.workload import BuildContext, Configuration, Metric, Workload, WorkloadOptions
from harness_diabetes.rows import Parts, RowBatches, split_rows

FEATURES = 10
EVALUATION_ROWS = 512
"""Rows of a batch in validation and test."""

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "silu": nn.SiLU}


class DiabetesOptions(WorkloadOptions):
    """The options of the diabetes workload."""

    batch_size: PositiveInt = Field(32, description="Training rows in a step.")
    schedule: Schedule = Field(
        "cosine",
        description=(
            "What the learning rate does after the warm-up: 'cosine' to 0 at max_epochs or "
            "'constant'."
        ),
    )


class DiabetesWorkload(Workload):
    """Regression on the 442 patients of Efron et al., *Least Angle Regression*, 2004.

    Ten measurements at the start predict the disease's progression a year later.
    scikit-learn has the data in its package. The metric is the mean squared error in
    units of the training targets' variance: predicting their mean gives about 1.
    """

    name: ClassVar[str] = "diabetes"
    metric: ClassVar[Metric] = Metric("mse", "min")
    mutable: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    max_epochs: ClassVar[int] = 27
    default_trials: ClassVar[int] = 16
    builds_optimizers: ClassVar[bool] = False
    several_ranks: ClassVar[bool] = True
    options_model: ClassVar[type[WorkloadOptions]] = DiabetesOptions
    options: DiabetesOptions

    def __init__(self, options: DiabetesOptions | None = None) -> None:
        super().__init__(options)
        self._parts: Parts | None = None

    def space(self) -> ConfigurationSpace:
        """Return the seven-dimensional search space."""
        space = ConfigurationSpace()
        space.add(
            Float("lr", (1e-4, 0.3), log=True, default=0.01),
            Float("weight_decay", (1e-6, 0.1), log=True, default=1e-4),
            Float("momentum", (0.0, 0.98), default=0.9),
            Integer("warmup_epochs", (1, 5), default=1),
            Integer("layers", (1, 3), default=2),
            OrdinalHyperparameter("width", [8, 16, 32, 64, 128], default_value=32),
            Categorical("activation", list(ACTIVATIONS), default="relu"),
        )
        return space

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Take the data from scikit-learn; `root` is not looked at."""
        from sklearn.datasets import load_diabetes

        features, targets = load_diabetes(return_X_y=True)
        self._parts = split_rows(features, targets, split_seed)

    def build(self, config: Configuration, context: BuildContext) -> SupervisedTraining:
        """Build a training of the network that `config` describes.

        Raises
        ------
        RuntimeError
            If the data are not loaded.
        """
        if self._parts is None:
            raise RuntimeError("load_data must be called before build")
        generator = torch.Generator().manual_seed(context.seed)
        batch_size = context.trial_batch_size(self.options.batch_size)
        task = SupervisedTask(
            model=partial(network, config),
            loss=functional.mse_loss,
            metric=_summed_errors,
            train=RowBatches(self._parts.train, batch_size, generator),
            validation=RowBatches(self._parts.validation, EVALUATION_ROWS),
            test=RowBatches(self._parts.test, EVALUATION_ROWS),
            generator=generator,
            schedule=self.options.schedule,
        )
        return SupervisedTraining(task, config, context)


def network(config: Configuration) -> nn.Sequential:
    """Return a network of `layers` hidden layers of `width` units, and one output."""
    widths = [FEATURES] + [int(config["width"])] * int(config["layers"])
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[config["activation"]]()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def _summed_errors(predictions: Tensor, targets: Tensor) -> Tensor:
    return functional.mse_loss(predictions, targets, reduction="sum")
