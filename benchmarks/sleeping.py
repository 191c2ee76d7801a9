"""A workload that sleeps: what remains of a search is the engine's and the harness' time."""

from __future__ import annotations

import time
from typing import ClassVar, cast

from pydantic import Field

from harness.testing.workloads import AnalyticOptions, AnalyticTraining, ContinuousWorkload
from harness.workload import BuildContext, Configuration, EpochResult, Training


class SleepingOptions(AnalyticOptions):
    """How long an epoch sleeps."""

    epoch_s: float = Field(1.0, ge=0, description="Mean seconds of an epoch.")
    jitter: float = Field(
        0.0, ge=0, lt=1, description="How far a trial's epochs may be from the mean, as a share."
    )
    first_epoch_at: float = Field(0.0, ge=0, description="Unix time before which no trial begins.")


class SleepingTraining(AnalyticTraining):
    """Sleeps, and learns in closed form."""

    def __init__(self, config: Configuration, epoch_s: float, seed: int) -> None:
        super().__init__(config, ContinuousWorkload.options_model(), seed)
        self.epoch_s = epoch_s

    def train_epoch(self) -> EpochResult:
        """Sleep."""
        time.sleep(self.epoch_s)
        return self.learn()

    def learn(self) -> EpochResult:
        """Do what an epoch does, without its sleep."""
        return super().train_epoch()


class SleepingWorkload(ContinuousWorkload):
    """Epochs that need no processor, so that workers may outnumber cores.

    Trials of different length keep workers from asking for work all at once.
    """

    name: ClassVar[str] = "sleeping"
    max_epochs: ClassVar[int] = 1
    options_model = SleepingOptions

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a training whose epochs sleep."""
        options = cast(SleepingOptions, self.options)
        time.sleep(max(0.0, options.first_epoch_at - time.time()))
        place = context.seed % 1009 / 1008 * 2.0 - 1.0
        seconds = options.epoch_s * (1.0 + options.jitter * place)
        return SleepingTraining({**config, "activation": "relu"}, seconds, context.seed)
