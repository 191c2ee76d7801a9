"""Faults, as workloads that wrap any other and one another.

Name the wrapper by import path and the wrapped workload among its options::

    --workload harness.testing.faults:NanWorkload
    --set workload_options.workload=digits --set workload_options.above.lr=0.1
"""

from __future__ import annotations

import dataclasses
import math
import os
import signal
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from harness.plugins.loading import load_workload
from harness.workload import (
    BuildContext,
    Configuration,
    EpochResult,
    Training,
    Workload,
    WorkloadOptions,
)

if TYPE_CHECKING:
    import torch
    from ConfigSpace import ConfigurationSpace

TrainEpoch = Callable[[], EpochResult]
"""Trains the wrapped training for one epoch."""


class FaultOptions(WorkloadOptions):
    """What is wrapped, and whom the fault strikes."""

    workload: str = Field(
        "harness.testing.workloads:AnalyticWorkload", description="The workload that is wrapped."
    )
    workload_options: dict[str, Any] = Field(
        default_factory=dict, description="The options of the wrapped workload."
    )
    above: dict[str, float] = Field(
        default_factory=dict,
        description=(
            "Hyperparameter to value: only trials that have all of these hyperparameters above "
            "these values are struck. Every trial is if this is left out."
        ),
    )
    epoch: int = Field(1, ge=1, description="The first epoch that is struck.")


class FaultWorkload(Workload):
    """Base of the wrappers: the wrapped workload in everything but the struck epochs.

    Raises
    ------
    RequestError
        If the wrapped workload does not load.
    """

    options_model: ClassVar[type[WorkloadOptions]] = FaultOptions
    # The wrapped workload says what is needed.
    builds_optimizers: ClassVar[bool] = False
    options: FaultOptions

    def __init__(self, options: FaultOptions | None = None) -> None:
        super().__init__(options)
        self.wrapped = load_workload(self.options.workload, self.options.workload_options)
        # What is a class' own elsewhere is here the wrapped object's.
        vars(self).update(
            metric=self.wrapped.metric,
            mutable=self.wrapped.mutable,
            max_epochs=self.wrapped.max_epochs,
            default_trials=self.wrapped.default_trials,
            several_ranks=self.wrapped.several_ranks,
        )

    @abstractmethod
    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Do in a struck epoch what this wrapper is for."""

    def space(self) -> ConfigurationSpace:
        """Return the wrapped workload's search space."""
        return self.wrapped.space()

    def check_data(self, root: Path | None) -> None:
        """Check the wrapped workload's data."""
        self.wrapped.check_data(root)

    def data_warnings(self, root: Path | None) -> list[str]:
        """Return the wrapped workload's warnings."""
        return self.wrapped.data_warnings(root)

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Load the wrapped workload's data, and what its trainings import."""
        self.wrapped.import_training_modules()
        self.wrapped.load_data(root, split_seed, device)

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build the wrapped workload's training, and wrap it."""
        return _StruckTraining(self.wrapped.build(config, context), config, self)

    def strikes(self, config: Configuration, epoch: int) -> bool:
        """Whether a trial of `config` is struck in `epoch`."""
        above = self.options.above.items()
        return epoch >= self.options.epoch and all(config[name] > value for name, value in above)


class _StruckTraining(Training):
    def __init__(self, wrapped: Training, config: Configuration, workload: FaultWorkload) -> None:
        self._wrapped = wrapped
        self._config = dict(config)
        self._workload = workload
        self._epoch = 0

    def train_epoch(self) -> EpochResult:
        self._epoch += 1
        if self._workload.strikes(self._config, self._epoch):
            return self._workload.strike(self._wrapped.train_epoch)
        return self._wrapped.train_epoch()

    def validate(self) -> float:
        return self._wrapped.validate()

    def test(self) -> float:
        return self._wrapped.test()

    @property
    def tested_samples(self) -> int | None:
        return self._wrapped.tested_samples

    def state_dict(self) -> dict[str, Any]:
        return {"wrapped": self._wrapped.state_dict(), "epoch": self._epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._wrapped.load_state_dict(state["wrapped"])
        self._epoch = int(state["epoch"])

    def reseed(self, seed: int) -> None:
        self._wrapped.reseed(seed)

    def set_hyperparameters(self, config: Configuration) -> None:
        self._wrapped.set_hyperparameters(config)
        self._config.update(config)

    @property
    def parameters(self) -> int:
        return self._wrapped.parameters

    def picture(self, path: Path) -> bool:
        return self._wrapped.picture(path)


class FailingWorkload(FaultWorkload):
    """Struck epochs raise an error."""

    name: ClassVar[str] = "failing"

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Raise an error.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("injected fault")


class NanWorkload(FaultWorkload):
    """Struck epochs end with a training loss that is not a number."""

    name: ClassVar[str] = "nan"

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Train, and lose the loss."""
        return dataclasses.replace(train_epoch(), train_loss=math.nan)


class OutOfMemoryWorkload(FaultWorkload):
    """Struck epochs end with the error that torch raises when a GPU's memory is used up."""

    name: ClassVar[str] = "out-of-memory"

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Raise torch's error.

        Raises
        ------
        torch.OutOfMemoryError
            Always.
        """
        import torch

        raise torch.OutOfMemoryError("CUDA out of memory. (injected fault)")


class KilledWorkload(FaultWorkload):
    """Struck epochs kill the process that trains, as the kernel does when memory is short."""

    name: ClassVar[str] = "killed"

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Kill this process."""
        os.kill(os.getpid(), signal.SIGKILL)
        return train_epoch()


class HangingWorkload(FaultWorkload):
    """Struck epochs never end; only a signal ends the process."""

    name: ClassVar[str] = "hanging"

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Wait for ever."""
        threading.Event().wait()
        return train_epoch()


class SlowOptions(FaultOptions):
    """How slow a slow workload is."""

    seconds: float = Field(0.1, ge=0, description="What a struck epoch takes longer, in seconds.")
    loading_seconds: float = Field(0.0, ge=0, description="What loading the data takes longer.")
    building_seconds: float = Field(0.0, ge=0, description="What building a training takes longer.")
    deaf: bool = Field(
        False, description="Whether only a kill ends it, as in a long call of compiled code."
    )


class SlowWorkload(FaultWorkload):
    """Struck epochs take longer, asleep."""

    name: ClassVar[str] = "slow"
    options_model: ClassVar[type[WorkloadOptions]] = SlowOptions
    options: SlowOptions

    def strike(self, train_epoch: TrainEpoch) -> EpochResult:
        """Sleep, and train."""
        self._sleep(self.options.seconds)
        return train_epoch()

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Sleep, and load the wrapped workload's data."""
        self._sleep(self.options.loading_seconds)
        super().load_data(root, split_seed, device)

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Sleep, and build the wrapped workload's training."""
        self._sleep(self.options.building_seconds)
        return super().build(config, context)

    def _sleep(self, seconds: float) -> None:
        if self.options.deaf:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
        if seconds:
            time.sleep(seconds)
