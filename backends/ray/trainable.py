"""The Tune trainable: an actor that trains the trials of one slot."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from ray import tune

from backends.ray.checkpoint_directories import STATE_FILE, note_owner
from backends.ray.followers import Followers
from backends.ray.preload import take_loaded
from backends.ray.slots import claim_slot
from backends.ray.trial_config import KEY, REPORTED, trial_of
from harness.coordination.client import clock_of_run
from harness.coordination.process import Invitation
from harness.errors import HarnessError, OutOfTime
from harness.records.clock import AnchoredClock, anchored_clock
from harness.records.recorder import Recorder
from harness.trial import TIME_LIMIT
from harness.trials.epoch_report import EpochReport
from harness.trials.objective import Objective
from harness.trials.objective_spec import ObjectiveSpec
from harness.trials.run import TrialRun

METRIC = "value"
"""What Tune calls the validation value."""

EPOCH = "training_iteration"
"""What schedulers measure time in."""


@dataclass(frozen=True)
class SlotWork:
    """What every actor of a search needs.

    Attributes
    ----------
    objective
        What to evaluate.
    recorder
        Where events go.
    slots
        The number of slots.
    ranks
        Processes that train one trial together.
    locks, checkpoints
        Directories that all actors share.
    deadline
        Unix time after which no epoch begins, or infinity; by the run's clock, or once
        `by` has been asked, by this host's.
    scheduler_ends
        Whether the scheduler, not the trial, decides that a trial at its last
        epoch is done.
    invitation
        Where the run's clock is; None where the search has one host.
    """

    objective: ObjectiveSpec
    recorder: Recorder
    slots: int
    ranks: int
    locks: Path
    checkpoints: Path
    deadline: float
    scheduler_ends: bool
    invitation: Invitation | None = None

    def by(self, clock: AnchoredClock) -> SlotWork:
        """Return the work with a deadline for this host, whose clock may be wrong."""
        return replace(self, deadline=self.deadline + clock.ahead_s)

    @property
    def over(self) -> bool:
        """Whether the time limit is reached."""
        return time.time() >= self.deadline


class SlotTrainable(tune.Trainable):
    """Trains trials one after the other, in one process, on one slot.

    Tune hands a process from trial to trial by `reset_config`, so a new,
    resumed or exploiting trial costs no process start.
    """

    work: ClassVar[SlotWork]

    def setup(self, config: dict[str, Any]) -> None:
        """Take a slot and load the data."""
        self._run: TrialRun | None = None
        self._failure: Exception | None = None
        self._followers: Followers | None = None
        self._claim = claim_slot(self.work.locks, self.work.slots)
        clock = anchored_clock()
        try:
            clock = clock_of_run(self.work.invitation)
        except HarnessError as error:
            self._failure = error
        self.work = self.work.by(clock)  # type: ignore[misc]
        self._slot = self.work.recorder.open_slot(self._claim.slot, clock)
        try:
            if not self.work.over:
                self._objective = self._prepare()
                self._objective.deadline.end_in(self.work.deadline - time.time())
        except OutOfTime:
            # Each trial that comes is told so.
            pass
        except Exception as error:
            # An error here would have Tune start process after process, one a trial.
            self._failure = error
        self._turn_to(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Leave the trial at hand and turn to another one."""
        self._suspend()
        self._turn_to(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Train one epoch."""
        if self._reported.get("ended"):
            return self._reported
        if self._run is None and self._failure is None:
            if self.work.over:
                return _unstarted(self.iteration, stop_reason=TIME_LIMIT)
            self._begin()
            if self._run is not None and self._run.epoch == self._reported.get(EPOCH):
                return self._reported
        if self._run is None:
            return _unstarted(self.iteration, search_error=self._failure)
        try:
            return self._advance(self._run)
        except OSError as error:
            # The disk of the run takes no more: no other trial would fare better.
            self._run, self._failure = None, error
            return _unstarted(self.iteration, search_error=error)

    def _advance(self, run: TrialRun) -> dict[str, Any]:
        report = _failed_start(run) if run.ended else run.advance()
        if self.work.over:
            run.stop(TIME_LIMIT)
        return {
            METRIC: report.value,
            EPOCH: report.epoch,
            "ended": run.ended,
            "done": run.ended and not self._is_left_to_scheduler(report),
        }

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write the state of the trial at hand; one that is over has nothing to save."""
        run = self._run
        if run is None or run.ended:
            return
        directory = Path(checkpoint_dir)
        run.save(directory / STATE_FILE)
        note_owner(directory, run.trial.trial_id, run.epoch)

    def load_checkpoint(self, checkpoint: str) -> None:  # type: ignore[override]
        """Go on from this trial's newest state, or from another's after an exploit.

        Where a process died, the checkpoint that Tune knows of may be older than
        the trial's own states, and the epochs between them are recorded.
        """
        if self._failure is not None or self.work.over or self._reported.get("ended"):
            return
        if self.work.objective.states.of(self._trial.trial_id):
            self._begin()
        else:
            self._begin(Path(checkpoint) / STATE_FILE)

    def cleanup(self) -> None:
        """Leave the trial at hand and the slot."""
        self._suspend()
        self._slot.close()
        self._claim.release()
        if self._followers is not None:
            self._followers.end()

    def _turn_to(self, config: dict[str, Any]) -> None:
        self._trial = trial_of(config)
        self._reported: dict[str, Any] = config[KEY].get(REPORTED) or {}

    def _begin(self, checkpoint: Path | None = None) -> None:
        try:
            self._run = self._objective.start(self._trial, self._slot, checkpoint)
        except HarnessError as error:
            # The trial is not at fault: no other would fare better.
            self._failure = error

    def _prepare(self) -> Objective:
        work = self.work
        if work.ranks == 1:
            loaded = take_loaded(work.objective)
            if loaded is not None:
                return loaded
            left_s = None if math.isinf(work.deadline) else work.deadline - time.time()
            limited = dataclasses.replace(work.objective, time_limit=left_s)
            return limited.prepare(self._claim.slot)
        self._followers = Followers(work.objective, self._claim.slot, work.ranks, work.locks)
        return self._followers.prepare_leader()

    def _is_left_to_scheduler(self, report: EpochReport) -> bool:
        completed = not report.failed and report.epoch >= self.work.objective.max_epochs
        return completed and self.work.scheduler_ends

    def _suspend(self) -> None:
        if self._run is not None:
            self._run.pause()
            self._run = None


def _failed_start(run: TrialRun) -> EpochReport:
    return EpochReport(run.trial.trial_id, run.epoch, math.nan, ended=True, failed=True)


def _unstarted(epoch: int, **fields: Any) -> dict[str, Any]:
    return {METRIC: math.nan, EPOCH: epoch, "ended": False, "done": True, **fields}
