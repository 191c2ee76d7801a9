"""A trial run: a trial in training in this process, driven epoch by epoch."""

from __future__ import annotations

import dataclasses
import math
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from harness.checkpoints.file import Checkpoint
from harness.checkpoints.keeping import StateKeeping
from harness.records.happenings import EndStatus
from harness.records.recorder import SlotRecorder
from harness.training.metric_value import metric_value
from harness.trial import REOPENED, TIME_LIMIT, Trial
from harness.trials.deadline import Deadline, TimeIsUp, interrupted_at
from harness.trials.epoch_report import EpochReport
from harness.trials.failures import FailureCount, fault_reason
from harness.trials.watchdog import Watchdog
from harness.workload import Configuration, Training

Decide = Callable[[EpochReport], str | None]
"""Given an epoch's report, returns why the trial stops here, or None to go on."""


class TrialRun:
    """A trial in training. No exception of the training leaves it.

    Parameters
    ----------
    trial
        The trial.
    build
        Builds the training of a trial; told whether a state is loaded into it next.
    slot
        The record of the slot that trains.
    max_epochs
        The epoch at which the trial is complete.
    timeout_s
        Seconds that it may take here; None for any.
    keeping
        Keeps its states.
    failures
        Counts what fails in this process.
    deadline
        When the search ends. What trains then is interrupted, and the trial is
        stopped as it was after its last epoch.
    child_seed
        What a trial draws from that goes on from another's state; None leaves it to draw
        what the other draws.
    """

    def __init__(
        self,
        trial: Trial,
        build: Callable[[Trial, bool], Training],
        slot: SlotRecorder,
        max_epochs: int,
        timeout_s: float | None,
        keeping: StateKeeping,
        failures: FailureCount,
        deadline: Deadline | None = None,
        child_seed: Callable[[Trial], int] | None = None,
    ) -> None:
        self.trial = trial
        self.epoch = 0
        self.ended = False
        self.failed = False
        self._build = build
        self._slot = slot
        self._max_epochs = max_epochs
        self._timeout_s = timeout_s
        self._began = time.monotonic()
        self._watchdog: Watchdog | None = None
        self._keeping = keeping
        self._failures = failures
        self._deadline = deadline or Deadline(None)
        self._child_seed = child_seed
        self._checkpoint_load_s = 0.0
        self._training: Training | None = None

    def begin(self, checkpoint: Checkpoint | Path | None = None) -> None:
        """Build the training, and go on from a checkpoint if there is one.

        One of the same trial resumes it. One of another trial makes this one its child,
        with its own configuration. Without `checkpoint` it is the newest state of this
        trial that an earlier process left.
        """
        if self._keeping.was_given_up():
            # Its process ended because it hung; the record says so already.
            self.ended = self.failed = True
            return
        self._watchdog = Watchdog(self._timeout_s, self._give_up)
        ledger, resumes = self._slot.ledger, False
        ledger.enter("setup", self.trial.trial_id)
        try:
            with interrupted_at(self._deadline):
                found = self._find_state(checkpoint)
                self._training = self._build(self.trial, found is not None)
                if found is not None:
                    ledger.enter("checkpoint_load", self.trial.trial_id)
                    resumes = self._restore(self._training, found)
                    self._checkpoint_load_s += ledger.enter("setup", self.trial.trial_id)
        except TimeIsUp:
            # It has not begun, or not gone on: the record stays as it was.
            self._leave()
            self._training = None
            ledger.enter("idle")
            return
        except Exception as error:
            self._slot.trial_started(self.trial, parameters=0)
            self._fail(fault_reason(error, type(error).__name__), error)
            return
        if self.epoch == 0:
            # Without its parent's state it is nobody's child.
            self.trial = dataclasses.replace(self.trial, parent_trial_id=None, parent_epoch=None)
        if resumes:
            self._slot.trial_resumed(self.trial.trial_id, self.epoch)
        else:
            self._slot.trial_started(self.trial, self._training.parameters)
        ledger.enter("idle", self.trial.trial_id)

    def advance(self) -> EpochReport:
        """Train and validate one epoch, and record it.

        Raises
        ------
        RuntimeError
            If the trial is over.
        """
        if self.ended or self._training is None:
            raise RuntimeError(f"trial {self.trial.trial_id} is over")
        if self._keeping.must_secure:
            self._secure()
        ledger = self._slot.ledger
        ledger.enter("train", self.trial.trial_id)
        try:
            with interrupted_at(self._deadline):
                result = self._training.train_epoch()
                if not math.isfinite(result.train_loss):
                    raise FloatingPointError(f"the training loss is {result.train_loss}")
                train_s = ledger.enter_after_wait("validate", "data_wait", result.data_wait_s)
                value = metric_value(self._training.validate(), "validate()")
            if not math.isfinite(value):
                raise FloatingPointError(f"the validation value is {value}")
            if self._timeout_s is not None and time.monotonic() > self._began + self._timeout_s:
                raise TimeoutError(_overtime(self._timeout_s))
        except TimeIsUp:
            return self._cut_off()
        except Exception as error:
            return self._fail(fault_reason(error, "exception"), error)
        self.epoch += 1
        self._failures.succeeded()
        self._keeping.note(self.epoch, value)
        validate_s = ledger.enter("idle", self.trial.trial_id)
        self._slot.epoch(
            self.trial.trial_id,
            self.epoch,
            train_s=train_s,
            data_wait_s=result.data_wait_s,
            validate_s=validate_s,
            checkpoint_save_s=0.0,
            checkpoint_load_s=self._checkpoint_load_s,
            train_loss=result.train_loss,
            value=value,
            config=dict(self.trial.config),
            skipped_steps=result.skipped_steps,
            samples=result.samples,
        )
        self._checkpoint_load_s = 0.0
        if self.epoch >= self._max_epochs:
            self._end("completed", None)
        else:
            self._slot.flush()
        return self._report(value)

    def save(self, path: Path) -> None:
        """Write a checkpoint of the state after the last epoch, for an engine.

        Raises
        ------
        OSError
            If the file system refuses the write.
        """
        self._secure(write=True)
        self._keeping.give(self.epoch, path)

    def mutate(self, config: Configuration) -> None:
        """Go on with other values of the mutable hyperparameters."""
        if self._training is None:
            raise RuntimeError(f"trial {self.trial.trial_id} is over")
        self._training.set_hyperparameters(config)
        self.trial = dataclasses.replace(self.trial, config=dict(config))
        self._slot.trial_mutated(self.trial.trial_id, config)

    def pause(self) -> None:
        """Leave the slot; the trial may come back from its last checkpoint."""
        if not self.ended:
            self._leave()
            self._publish_incumbent()
            self._slot.trial_paused(self.trial.trial_id)
            self._training = None

    def stop(self, reason: str) -> None:
        """End the trial before its last epoch; `reason` says why.

        If `reason` is the search's end, its state stays, for a resumed search to go on.
        """
        if not self.ended:
            self._end("stopped", reason)

    def _find_state(self, checkpoint: Checkpoint | Path | None) -> Checkpoint | None:
        if checkpoint is None and not self._keeping.has_state():
            return None
        self._slot.ledger.enter("checkpoint_load", self.trial.trial_id)
        found = self._keeping.find(checkpoint)
        self._checkpoint_load_s = self._slot.ledger.enter("setup", self.trial.trial_id)
        return found

    def _restore(self, training: Training, checkpoint: Checkpoint) -> bool:
        training.load_state_dict(checkpoint.training)
        self.epoch = checkpoint.epoch
        if checkpoint.trial_id == self.trial.trial_id:
            self._keeping.best_value = checkpoint.best_value
            self._keeping.best_epoch = checkpoint.best_epoch
            return True
        self.trial = dataclasses.replace(
            self.trial, parent_trial_id=checkpoint.trial_id, parent_epoch=checkpoint.epoch
        )
        if self._child_seed is not None:
            training.reseed(self._child_seed(self.trial))
        return False

    def _checkpoint(self) -> Checkpoint:
        if self._training is None:
            raise RuntimeError(f"trial {self.trial.trial_id} is over")
        return Checkpoint(
            trial_id=self.trial.trial_id,
            epoch=self.epoch,
            config=dict(self.trial.config),
            best_value=self._keeping.best_value,
            best_epoch=self._keeping.best_epoch,
            training=self._training.state_dict(),
        )

    def _secure(self, write: bool = False) -> None:
        self._slot.ledger.enter("checkpoint_save", self.trial.trial_id)
        self._keeping.secure(self._checkpoint(), write=write)
        seconds = self._slot.ledger.enter("idle", self.trial.trial_id)
        self._slot.checkpoint_saved(self.trial.trial_id, self.epoch, seconds)
        self._slot.flush()

    def _publish_incumbent(self) -> None:
        self._slot.ledger.enter("checkpoint_save", self.trial.trial_id)
        self._keeping.publish(self._checkpoint)
        self._slot.ledger.enter("idle")

    def _leave(self) -> None:
        self.ended = True
        if self._watchdog is not None:
            self._watchdog.cancel()

    def _give_up(self) -> None:
        """Record that the trial hangs; its process is about to end."""
        trial_id = self.trial.trial_id
        # First the record: whoever sees the mark relies on it.
        self._slot.trial_ended(trial_id, "failed", "timeout", _overtime(self._timeout_s))
        self._keeping.give_up()

    def _end(self, status: EndStatus, reason: str | None) -> None:
        self._leave()
        goes_on_later = reason in REOPENED and self._training is not None
        if goes_on_later:
            self._secure(write=True)
        self._publish_incumbent()
        self._slot.trial_ended(self.trial.trial_id, status, reason)
        self._training = None
        if not goes_on_later:
            self._keeping.forget()

    def _cut_off(self) -> EpochReport:
        """Stop within an epoch: what it has changed counts for nothing."""
        self._leave()
        self._training = None
        self._publish_incumbent()
        self._slot.trial_ended(self.trial.trial_id, "stopped", TIME_LIMIT)
        return self._report(math.nan)

    def _fail(self, reason: str, error: Exception) -> EpochReport:
        self._leave()
        self.failed = True
        self._training = None
        self._slot.ledger.enter("idle")
        self._keeping.discard()
        self._failures.failed(f"{type(error).__name__}: {error}")
        trace = "".join(traceback.format_exception(error))
        self._slot.trial_ended(self.trial.trial_id, "failed", reason, trace)
        self._keeping.forget()
        return self._report(math.nan)

    def _report(self, value: float) -> EpochReport:
        return EpochReport(self.trial.trial_id, self.epoch, value, self.ended, self.failed)


def _overtime(seconds: float | None) -> str:
    return f"the trial took longer than the {seconds:g} s that --trial-timeout allows"


def train_to_end(run: TrialRun, decide: Decide) -> EpochReport | None:
    """Drive a trial until it is over.

    Parameters
    ----------
    run
        A trial run that has begun.
    decide
        Asked after each epoch but the last.

    Returns
    -------
    EpochReport or None
        The last epoch's report; None if the trial failed before its first.
    """
    report: EpochReport | None = None
    while not run.ended:
        report = run.advance()
        if not run.ended:
            reason = decide(report)
            if reason is not None:
                run.stop(reason)
    return report
