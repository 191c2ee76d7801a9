"""The objective of a replay: trainings that are looked up, in virtual time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.checkpoints.file import Checkpoint
from harness.records.recorder import SlotRecorder
from harness.replay.clock import SlotClock
from harness.replay.curve import Curve, CurveSource
from harness.replay.failures import Deaths, failure_times
from harness.replay.keeping import VirtualKeeping
from harness.replay.stage import Stage
from harness.trial import Trial
from harness.trials.deadline import Deadline
from harness.trials.epoch_report import EpochReport
from harness.trials.failures import FailureCount
from harness.trials.objective import Objective
from harness.trials.objective_spec import ObjectiveSpec
from harness.trials.run import TrialRun
from harness.workload import Configuration, EpochResult, Training, Workload

if TYPE_CHECKING:
    from harness.parallel.group import GroupMembership


@dataclasses.dataclass(frozen=True)
class ReplaySettings:
    """What all slots of a replayed search share.

    Attributes
    ----------
    source
        Where the trainings come from.
    stage
        The virtual machine.
    workload
        The workload; its data are never loaded.
    seed
        The search's seed.
    speed
        How many times faster than recorded an epoch is.
    """

    source: CurveSource
    stage: Stage
    workload: Workload
    seed: int
    speed: float = 1.0


@dataclasses.dataclass(frozen=True)
class ReplayObjectiveSpec(ObjectiveSpec):
    """An objective that is prepared at once and trains nothing."""

    settings: ReplaySettings = field(kw_only=True)
    slot: int = 0

    def on(self, slot: int) -> ReplayObjectiveSpec:
        """Return the same for one slot."""
        return dataclasses.replace(self, slot=slot)

    def prepare(
        self, local_worker: int = 0, membership: GroupMembership | None = None
    ) -> Objective:
        """Return the objective of the slot."""
        return ReplayObjective(self, self.settings)


class ReplayObjective(Objective):
    """What a slot evaluates in a replay.

    Parameters
    ----------
    spec
        Where it came from, and for which slot.
    settings
        What all slots share.
    """

    def __init__(self, spec: ReplayObjectiveSpec, settings: ReplaySettings) -> None:
        self.spec = spec
        self.workload = settings.workload
        self.clock = settings.stage.slots[spec.slot]
        self.deadline = Deadline(spec.time_limit, self.clock)
        self._settings = settings
        self._failures = FailureCount()
        costs = settings.stage.costs
        self._deaths = Deaths(
            self.clock,
            failure_times(costs, spec.slot, len(settings.stage.slots), settings.seed),
            costs.restart_s,
        )

    def start(
        self, trial: Trial, slot: SlotRecorder, checkpoint: Checkpoint | Path | None = None
    ) -> TrialRun:
        """Begin a trial on the slot, from the start or from a checkpoint in memory."""
        self._settings.stage.hand_out(self.clock)
        self.clock.spend(self._settings.stage.costs.trial_s)
        keeping = VirtualKeeping(self.metric, self.spec.checkpoint_interval)
        run = ReplayRun(
            trial, self.build_for(slot), slot, self.spec.max_epochs, None, keeping, self._failures
        )
        run.clock, run.epoch_s = self.clock, self._settings.stage.costs.epoch_s
        run.begin(checkpoint)
        return run

    def build_for(self, slot: SlotRecorder) -> Any:
        """Return what builds the trainings that a slot records."""

        def build(trial: Trial, restored: bool) -> Training:
            curve = self._settings.source.curve(trial.config, trial.number, self._settings.seed)
            self.clock.spend(curve.setup_s)
            interval = self.spec.checkpoint_interval
            return LookedUpTraining(
                trial, curve, self._settings, self._deaths, slot, self.clock, interval
            )

        return build

    def release(self) -> None:
        """Do nothing: nobody follows."""


class ReplayRun(TrialRun):
    """A trial run whose slot tells the engine of each epoch in virtual time."""

    clock: SlotClock
    epoch_s: float

    def advance(self) -> EpochReport:
        """Let one epoch pass."""
        report = super().advance()
        self.clock.spend(self.epoch_s)
        return report


class LookedUpTraining(Training):
    """A training whose epochs are known: each takes its time and gives its value.

    Parameters
    ----------
    trial
        The trial.
    curve
        The training.
    settings
        What all slots share.
    deaths
        When the slot's worker dies.
    slot
        The slot's record.
    clock
        The slot's time.
    interval
        Epochs between two states.
    """

    def __init__(
        self,
        trial: Trial,
        curve: Curve,
        settings: ReplaySettings,
        deaths: Deaths,
        slot: SlotRecorder,
        clock: SlotClock,
        interval: int,
    ) -> None:
        self._trial_id = trial.trial_id
        self._curve = curve
        self._clock = clock
        self._speed = settings.speed
        self._costs = settings.stage.costs
        self._deaths = deaths
        self._slot = slot
        self._interval = interval
        self._epoch = 0

    def train_epoch(self) -> EpochResult:
        """Let the next epoch's time pass."""
        curve, place = self._curve, self._epoch
        wait_s = curve.data_wait_s[place] / self._speed
        seconds = curve.train_s[place] / self._speed + wait_s
        self._deaths.survive(seconds, self._seconds_since_state(), self._thrown_back)
        self._epoch += 1
        if self._epoch == curve.failed_epoch:
            raise FloatingPointError("the training failed here when it was recorded")
        return EpochResult(curve.train_losses[place], curve.samples, data_wait_s=wait_s)

    def validate(self) -> float:
        """Return the value after the epoch."""
        self._clock.spend(self._curve.validate_s[self._epoch - 1] / self._speed)
        return self._curve.values[self._epoch - 1]

    def test(self) -> float:
        """Return the test value after the epoch."""
        return self._curve.test_values[self._epoch - 1]

    def state_dict(self) -> dict[str, Any]:
        """Return the epoch, which is all the state there is, after the time it takes to write."""
        self._clock.spend(self._state_s())
        return {"epoch": self._epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on after an epoch, after the time it takes to read the state."""
        self._clock.spend(self._state_s())
        self._epoch = int(state["epoch"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Refuse: no table holds a training whose hyperparameters change.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("a recorded training cannot go on with other hyperparameters")

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return self._curve.parameters

    def _seconds_since_state(self) -> float:
        first = self._epoch - self._epoch % self._interval
        curve, again = self._curve, slice(first, self._epoch)
        parts = (curve.train_s, curve.data_wait_s, curve.validate_s)
        return sum(sum(part[again]) for part in parts) / self._speed

    def _thrown_back(self, seconds: float) -> None:
        self._slot.ledger.enter("lost")
        self._clock.spend(seconds + self._state_s())
        # A record's reader books what was trained since the last epoch as lost.
        self._slot.trial_resumed(self._trial_id, self._epoch)
        self._slot.ledger.enter("train", self._trial_id)

    def _state_s(self) -> float:
        if self._costs.bandwidth is None:
            return self._curve.checkpoint_s
        return self._curve.state_bytes / self._costs.bandwidth
