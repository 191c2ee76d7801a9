"""Workloads without a neural network, for tests and overhead measurements.

Name them on the command line by import path:
``--workload harness.testing.workloads:AnalyticWorkload``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Float,
    Integer,
    OrdinalHyperparameter,
)
from pydantic import Field

from harness.workload import (
    BuildContext,
    Configuration,
    EpochResult,
    Metric,
    Training,
    Workload,
    WorkloadOptions,
)

if TYPE_CHECKING:
    import torch


class AnalyticOptions(WorkloadOptions):
    """Options of the analytic workloads."""

    epoch_s: float = Field(0.0, ge=0, description="Seconds that an epoch sleeps.")
    load_s: float = Field(0.0, ge=0, description="Seconds that loading the data sleeps.")
    state_bytes: int = Field(0, ge=0, description="Size of the state a checkpoint holds.")
    raise_above_lr: float = Field(1.0, description="Learning rates above raise an error.")
    nan_above_lr: float = Field(1.0, description="Learning rates above give a NaN loss.")
    fault_epoch: int = Field(1, ge=1, description="Epoch at which a fault shows.")
    peak_epoch: int | None = Field(None, ge=1, description="Epoch after which the level falls.")


class AnalyticTraining(Training):
    """A saturating learning curve whose rate and ceiling follow from the configuration."""

    def __init__(self, config: Configuration, options: AnalyticOptions, seed: int) -> None:
        import torch

        self._config = dict(config)
        self._options = options
        self._level = 0.0
        self._epoch = 0
        self._noise = (seed % 997) / 997 * 0.01
        self._ballast = torch.zeros(options.state_bytes, dtype=torch.uint8)

    def train_epoch(self) -> EpochResult:
        """Move towards the ceiling that the configuration allows."""
        self._epoch += 1
        if self._options.epoch_s > 0:
            time.sleep(self._options.epoch_s)
        learning_rate = self._config["lr"]
        loss = 1.0 - self._level
        if self._epoch >= self._options.fault_epoch:
            if learning_rate > self._options.raise_above_lr:
                raise ValueError(f"injected fault at learning rate {learning_rate:.3g}")
            if learning_rate > self._options.nan_above_lr:
                loss = math.nan
        distance = abs(math.log10(learning_rate) + 2.0) / 2.0
        ceiling = max(0.05, 0.95 - 0.3 * distance - self._config["weight_decay"])
        rate = min(0.6, 0.1 * self._config["warmup_epochs"] + self._config["width"] / 200)
        bonus = 0.02 if self._config["activation"] == "relu" else 0.0
        self._level += rate * (ceiling + bonus + self._noise - self._level)
        if self._options.peak_epoch is not None and self._epoch > self._options.peak_epoch:
            self._level *= 0.5
        return EpochResult(train_loss=loss, samples=1)

    def validate(self) -> float:
        """Return the level reached."""
        return self._level

    def test(self) -> float:
        """Return the level reached, a little lower."""
        return self._level - 0.01

    def state_dict(self) -> dict[str, Any]:
        """Return level, epoch, noise and ballast."""
        return {
            "level": self._level,
            "epoch": self._epoch,
            "noise": self._noise,
            "ballast": self._ballast,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state` with this training's configuration."""
        self._level = float(state["level"])
        self._epoch = int(state["epoch"])
        self._noise = float(state["noise"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Take the mutable hyperparameters of `config`."""
        self._config.update({name: config[name] for name in AnalyticWorkload.mutable})

    @property
    def parameters(self) -> int:
        """One."""
        return 1


class AnalyticWorkload(Workload):
    """A learning curve in closed form; larger is better.

    Its five hyperparameters are one of each kind a backend must translate:
    log-uniform, uniform, integer, ordinal and categorical.
    """

    name: ClassVar[str] = "analytic"
    metric: ClassVar[Metric] = Metric("level", "max")
    mutable: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    max_epochs: ClassVar[int] = 9
    builds_optimizers: ClassVar[bool] = False
    options_model = AnalyticOptions

    def space(self) -> ConfigurationSpace:
        """Return the five-dimensional space."""
        space = ConfigurationSpace()
        space.add(
            Float("lr", (1e-4, 1.0), log=True),
            Float("weight_decay", (0.0, 0.1)),
            Integer("warmup_epochs", (1, 5)),
            OrdinalHyperparameter("width", [8, 16, 32, 64]),
            Categorical("activation", ["relu", "tanh"]),
        )
        return space

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Load nothing, in the time that the options give it."""
        time.sleep(cast(AnalyticOptions, self.options).load_s)

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a learning curve."""
        return AnalyticTraining(config, cast(AnalyticOptions, self.options), context.seed)


class _LossTraining(AnalyticTraining):
    def validate(self) -> float:
        return 1.0 - super().validate()

    def test(self) -> float:
        return 1.0 - super().test()


class AnalyticLossWorkload(AnalyticWorkload):
    """The same learning curve as a loss; smaller is better."""

    name: ClassVar[str] = "analytic-loss"
    metric: ClassVar[Metric] = Metric("loss", "min")

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a loss curve."""
        return _LossTraining(config, cast(AnalyticOptions, self.options), context.seed)


class ContinuousWorkload(AnalyticWorkload):
    """The learning curve over its numeric hyperparameters only."""

    name: ClassVar[str] = "continuous"

    def space(self) -> ConfigurationSpace:
        """Return a space without a categorical hyperparameter."""
        space = ConfigurationSpace()
        space.add(
            Float("lr", (1e-4, 1.0), log=True),
            Float("weight_decay", (0.0, 0.1)),
            Integer("warmup_epochs", (1, 5)),
            OrdinalHyperparameter("width", [8, 16, 32, 64]),
        )
        return space

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a learning curve with a fixed activation."""
        return super().build({**config, "activation": "relu"}, context)


class _CountedRanks(AnalyticTraining):
    def __init__(
        self, config: Configuration, options: AnalyticOptions, context: BuildContext
    ) -> None:
        super().__init__(config, options, context.seed)
        self._group = context.group

    def validate(self) -> float:
        import torch

        one = torch.ones(1)
        return float(one if self._group is None else self._group.sum(one))


class RanksWorkload(ContinuousWorkload):
    """The metric is the number of ranks that train the trial together."""

    name: ClassVar[str] = "ranks"
    metric: ClassVar[Metric] = Metric("ranks", "max")
    several_ranks: ClassVar[bool] = True

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a training that counts the ranks of its group."""
        options = cast(AnalyticOptions, self.options)
        return _CountedRanks({**config, "activation": "relu"}, options, context)


class NoOpWorkload(ContinuousWorkload):
    """One epoch that does nothing: what remains of a search is the engine's own time."""

    name: ClassVar[str] = "no-op"
    max_epochs: ClassVar[int] = 1
