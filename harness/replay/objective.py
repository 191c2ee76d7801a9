"""The objective of a replay: trainings that are looked up, in virtual time."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.checkpoints.file import Checkpoint
from harness.checkpoints.in_flight import TrialStates
from harness.records.recorder import SlotRecorder
from harness.replay.clock import SlotClock
from harness.replay.costs import slot_start_s
from harness.replay.curve import CurveSource
from harness.replay.failures import Deaths, failure_times
from harness.replay.keeping import NoStates, VirtualKeeping
from harness.replay.looked_up import LookedUpTraining
from harness.replay.stage import Stage
from harness.trial import Trial
from harness.trials.deadline import Deadline
from harness.trials.epoch_report import EpochReport
from harness.trials.failures import FailureCount
from harness.trials.objective import Objective
from harness.trials.objective_spec import ObjectiveSpec
from harness.trials.run import TrialRun
from harness.workload import Training, Workload

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
    given_states
        The states that an engine asked for, by the name that it gave.
    """

    source: CurveSource
    stage: Stage
    workload: Workload
    seed: int
    speed: float = 1.0
    given_states: dict[Path, Checkpoint] = field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ReplayObjectiveSpec(ObjectiveSpec):
    """An objective that is prepared at once and trains nothing."""

    settings: ReplaySettings = field(kw_only=True)
    slot: int = 0

    @property
    def states(self) -> TrialStates:
        """The states of trials in flight: none, for no process dies."""
        return NoStates(self.checkpoints)

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
        self._start_s = slot_start_s(settings.stage.costs, spec.slot)
        self.clock = settings.stage.slots[spec.slot]
        self.deadline = Deadline(spec.time_limit, self.clock)
        self._settings = settings
        self._failures = FailureCount()
        self._is_fresh = True
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
        costs = self._settings.stage.costs
        if self._is_fresh:
            self._is_fresh = False
            self.clock.spend(self._start_s)
        self._settings.stage.hand_out(self.clock)
        self.clock.spend(costs.trial_s)
        keeping = VirtualKeeping(
            self.metric, self.spec.checkpoint_interval, self._settings.given_states
        )
        run = ReplayRun(
            trial, self.build_for(slot), slot, self.spec.max_epochs, None, keeping, self._failures
        )
        run.clock, run.epoch_s = self.clock, costs.epoch_s
        run.begin(checkpoint)
        return run

    def build_for(self, slot: SlotRecorder) -> Any:
        """Return what builds the trainings that a slot records."""

        def build(trial: Trial, restored: bool) -> Training:
            settings, interval = self._settings, self.spec.checkpoint_interval
            curve = settings.source.curve(trial.config, trial.number, settings.seed)
            self.clock.spend(curve.setup_s)
            looked_up = LookedUpTraining(
                trial,
                curve,
                settings.stage,
                settings.speed,
                self._deaths,
                slot,
                self.clock,
                interval,
            )
            return settings.source.taught(looked_up, trial, settings.seed)

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
