"""Writes what happens in a search into its event log."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.processes.claim import Holder
from harness.records.clock import Clock, ahead_of_run, anchored_clock
from harness.records.events import Event, EventWriter
from harness.records.happenings import (
    CheckpointSaved,
    DriverOpened,
    EndStatus,
    EpochTrained,
    Happening,
    PaceFound,
    SearchBegan,
    SearchEnded,
    SessionEnded,
    SlotOpened,
    TrialEnded,
    TrialExploited,
    TrialJudged,
    TrialMutated,
    TrialPaused,
    TrialResumed,
    TrialStarted,
)
from harness.records.lines import line_of
from harness.records.slot_ledger import SlotLedger
from harness.records.tensorboard import scalars_listener
from harness.trial import Judgement, Trial


class SlotRecorder:
    """The record of one slot, written by the process that trains in it.

    Events are held back and written together, once per epoch, at every change of
    a trial's state and with each of its checkpoints.

    Parameters
    ----------
    writer
        The slot's event file.
    slot
        The slot's number, from 0.
    clock
        The search's clock.
    session
        The session of the run that it belongs to; a resumed run has several.
    listener
        Told of each event but spans, as it happens.
    """

    def __init__(
        self,
        writer: EventWriter,
        slot: int,
        clock: Clock,
        session: int = 0,
        listener: Callable[[Happening], None] | None = None,
    ) -> None:
        self._writer = writer
        self._listener = listener
        self._pending: list[Event] = []
        self._clock = clock
        self.slot = slot
        self.ledger = SlotLedger(clock, self._pending.append)
        self._note(SlotOpened(clock(), session, slot=slot, **process_identity(clock)))
        self.flush()

    def trial_started(self, trial: Trial, parameters: int) -> None:
        """Record that a trial begins, from fresh weights or from a parent's state."""
        self._note(
            TrialStarted(
                self._clock(),
                trial.trial_id,
                trial.number,
                trial.member,
                dict(trial.config),
                trial.parent_trial_id,
                trial.parent_epoch,
                trial.origin,
                trial.told,
                parameters,
            )
        )
        self.flush()

    def trial_resumed(self, trial_id: str, epoch: int) -> None:
        """Record that a paused or interrupted trial goes on after `epoch`."""
        self._note(TrialResumed(self._clock(), trial_id, epoch))
        self.flush()

    def trial_paused(self, trial_id: str) -> None:
        """Record that a trial left its slot and may come back."""
        self._note(TrialPaused(self._clock(), trial_id))
        self.flush()

    def trial_mutated(self, trial_id: str, config: Mapping[str, Any]) -> None:
        """Record that a trial goes on with other hyperparameters."""
        self._note(TrialMutated(self._clock(), trial_id, dict(config)))

    def trial_ended(
        self, trial_id: str, status: EndStatus, reason: str | None = None, error: str | None = None
    ) -> None:
        """Record the end of a trial."""
        self._note(TrialEnded(self._clock(), trial_id, status, reason, error))
        self.flush()

    def trial_judged(self, trial_id: str, judgement: Judgement) -> None:
        """Record what decided whether a trial goes on; it is written with what comes of it."""
        self._pending.append(line_of(_judged(self._clock(), trial_id, judgement)))

    def trial_exploited(self, trial_id: str, successor: Trial) -> None:
        """Record that an exploit closed a trial, and which one its member goes on as."""
        self._pending.append(line_of(_exploited(self._clock(), trial_id, successor)))
        self.flush()

    def epoch(self, trial_id: str, epoch: int, **fields: Any) -> None:
        """Record one epoch; `fields` are columns of the epochs table."""
        self._note(EpochTrained(self._clock(), trial_id, epoch, **fields))

    def pace(self, trial_id: str, step_s: float, steps: int) -> None:
        """Record how many seconds a training step takes, and how many make an epoch."""
        self._note(PaceFound(self._clock(), trial_id, step_s, steps))
        self.flush()

    def checkpoint_saved(self, trial_id: str, epoch: int, seconds: float) -> None:
        """Record what a checkpoint cost."""
        self._note(CheckpointSaved(self._clock(), trial_id, epoch, seconds))

    def flush(self) -> None:
        """Write the held events.

        Raises
        ------
        OSError
            If the file system refuses the write.
        """
        if self._pending:
            self._writer.write(*self._pending)
            self._pending.clear()

    def close(self) -> None:
        """Write what is held and close the file."""
        self.flush()
        self._writer.close()

    def _note(self, happening: Happening) -> None:
        self._pending.append(line_of(happening))
        if self._listener is not None:
            self._listener(happening)


class DriverRecorder:
    """The record of the process that drives a search: its begin, its end, its decisions.

    Parameters
    ----------
    writer
        The driver's event file.
    clock
        The search's clock.
    session
        The session of the run that it belongs to.
    workers
        The slots of this session; None leaves it to the configuration.
    """

    def __init__(
        self, writer: EventWriter, clock: Clock, session: int = 0, workers: int | None = None
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._note(DriverOpened(clock(), session, workers=workers, **process_identity(clock)))

    def search_began(self) -> None:
        """Record t = 0; call it right before the engine's search call."""
        self._note(SearchBegan(self._clock()))

    def search_ended(self) -> None:
        """Record that the engine's search call returned."""
        self._note(SearchEnded(self._clock()))

    def session_ended(self) -> None:
        """Record that the session ended before its search call returned."""
        self._note(SessionEnded(self._clock()))

    def trial_judged(self, trial_id: str, judgement: Judgement) -> None:
        """Record what decided whether a trial goes on."""
        self._note(_judged(self._clock(), trial_id, judgement))

    def trial_exploited(self, trial_id: str, successor: Trial) -> None:
        """Record that an exploit closed a trial, and which one its member goes on as."""
        self._note(_exploited(self._clock(), trial_id, successor))

    def trial_stopped(self, trial_id: str, reason: str) -> None:
        """Record that the engine stopped a trial without the trial's knowledge."""
        self._note(TrialEnded(self._clock(), trial_id, "stopped", reason))

    def trial_lost(self, trial_id: str, error: str, reason: str = "worker") -> None:
        """Record that a trial's process died."""
        self._note(TrialEnded(self._clock(), trial_id, "lost", reason, error))

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _note(self, happening: Happening) -> None:
        self._writer.write(line_of(happening))


def process_identity(clock: Clock) -> dict[str, Any]:
    """Return what tells this process from all others, and how its host's clock differs."""
    return {**asdict(Holder.this_process()), "clock_ahead_s": ahead_of_run(clock)}


def _exploited(time: float, closed: str, successor: Trial) -> TrialExploited:
    return TrialExploited(
        time,
        closed,
        successor.trial_id,
        successor.number,
        successor.member,
        dict(successor.config),
        successor.parent_trial_id,
        successor.parent_epoch,
        successor.origin,
        successor.told,
    )


def _judged(time: float, trial_id: str, judgement: Judgement) -> TrialJudged:
    return TrialJudged(time, trial_id, **asdict(judgement))


@dataclass(frozen=True)
class Recorder:
    """Where a search's events go; it travels to the processes that train.

    Attributes
    ----------
    events
        The directory of the event log.
    tensorboard
        The directory of TensorBoard scalars; None writes none.
    session
        The session of the run; a run that was resumed has several.
    workers
        The slots of this session.
    """

    events: Path
    tensorboard: Path | None = None
    session: int = 0
    workers: int | None = None

    def open_slot(self, slot: int, clock: Clock | None = None) -> SlotRecorder:
        """Open the record of a slot in this process."""
        listener = scalars_listener(self.tensorboard, slot)
        clock = clock or self._clock()
        return SlotRecorder(self._writer(str(slot)), slot, clock, self.session, listener)

    def open_driver(self, clock: Clock | None = None) -> DriverRecorder:
        """Open the record of the driving process."""
        clock = clock or self._clock()
        return DriverRecorder(self._writer("driver"), clock, self.session, self.workers)

    def _clock(self) -> Clock:
        return anchored_clock()

    def _writer(self, name: str) -> EventWriter:
        # Another host's process may have the same number, and so may a later session's.
        suffix = f"-s{self.session}" if self.session else ""
        process = f"{socket.gethostname()}-{os.getpid()}"
        return EventWriter(self.events / f"{name}-{process}{suffix}.jsonl")
