"""CIFAR-10 with equal costs and equal decisions, so that the runtimes of searches compare."""

from __future__ import annotations

from typing import ClassVar

from ConfigSpace import ConfigurationSpace, Float, Integer
from pydantic import Field, PositiveInt

from harness.workload import BuildContext, Configuration, Training
from workloads.cifar10.workload import Cifar10Options, Cifar10Workload
from workloads.nats.space import CHANNELS


class ScriptedOptions(Cifar10Options):
    """CIFAR-10's options, and the size of every network."""

    width: PositiveInt = Field(32, description="All five channel numbers.")
    ballast_bytes: int = Field(0, ge=0, description="What is added to a training's state.")


class ScriptedCifar10(Cifar10Workload):
    """CIFAR-10 on networks of one size, whose values are scripted.

    Learning rates are those at which no training diverges.
    """

    name: ClassVar[str] = "scripted-cifar10"
    options_model: ClassVar[type[ScriptedOptions]] = ScriptedOptions
    training_modules: ClassVar[tuple[str, ...]] = (
        *Cifar10Workload.training_modules,
        "benchmarks.scripted_training",
    )
    options: ScriptedOptions

    def space(self) -> ConfigurationSpace:
        """Return the space of the training's own hyperparameters."""
        space = ConfigurationSpace()
        space.add(
            Float("lr", (1e-3, 0.1), log=True),
            Float("weight_decay", (1e-6, 1e-2), log=True),
            Integer("warmup_epochs", (1, 5)),
        )
        return space

    def build(self, config: Configuration, context: BuildContext) -> Training:  # type: ignore[override]
        """Build a training of the one network."""
        from benchmarks.scripted_training import ScriptedTraining

        channels = dict.fromkeys(CHANNELS, self.options.width)
        training = super().build({**config, **channels}, context)
        return ScriptedTraining(training, config, self.options.ballast_bytes)
