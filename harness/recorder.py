"""Writes what happens in a search into its event log."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.clock import Clock, anchored_clock
from harness.records.events import Event, EventWriter
from harness.records.slot_ledger import SlotLedger
from harness.trial import Trial

EndStatus = Literal["completed", "stopped", "failed", "lost"]


class SlotRecorder:
    """The record of one slot, written by the process that trains in it.

    Events are held back and written together, once per epoch and at every
    change of a trial's state, so that an epoch costs one system call.

    Parameters
    ----------
    writer
        The slot's event file.
    slot
        The slot's number, from 0.
    clock
        The search's clock.
    """

    def __init__(self, writer: EventWriter, slot: int, clock: Clock) -> None:
        self._writer = writer
        self._pending: list[Event] = []
        self._clock = clock
        self.slot = slot
        self.ledger = SlotLedger(clock, self._pending.append)
        self._event("writer", slot=slot, pid=os.getpid(), host=socket.gethostname())
        self.flush()

    def trial_started(self, trial: Trial, parameters: int) -> None:
        """Record that a trial begins, from fresh weights or from a parent's state."""
        self._event(
            "trial_start",
            trial_id=trial.trial_id,
            number=trial.number,
            member=trial.member,
            config=dict(trial.config),
            parent_trial_id=trial.parent_trial_id,
            parent_epoch=trial.parent_epoch,
            parameters=parameters,
        )
        self.flush()

    def trial_resumed(self, trial_id: str, epoch: int) -> None:
        """Record that a paused or interrupted trial goes on after `epoch`."""
        self._event("trial_resume", trial_id=trial_id, epoch=epoch)
        self.flush()

    def trial_paused(self, trial_id: str) -> None:
        """Record that a trial left its slot and may come back."""
        self._event("trial_pause", trial_id=trial_id)
        self.flush()

    def trial_mutated(self, trial_id: str, config: Mapping[str, Any]) -> None:
        """Record that a trial goes on with other hyperparameters."""
        self._event("trial_mutate", trial_id=trial_id, config=dict(config))

    def trial_ended(
        self, trial_id: str, status: EndStatus, reason: str | None = None, error: str | None = None
    ) -> None:
        """Record the end of a trial."""
        self._event("trial_end", trial_id=trial_id, status=status, reason=reason, error=error)
        self.flush()

    def epoch(self, trial_id: str, epoch: int, **fields: Any) -> None:
        """Record one epoch; `fields` are columns of the epochs table."""
        self._event("epoch", trial_id=trial_id, epoch=epoch, **fields)

    def checkpoint_saved(self, trial_id: str, epoch: int, seconds: float) -> None:
        """Record what a checkpoint cost."""
        self._event("checkpoint_save", trial_id=trial_id, epoch=epoch, seconds=seconds)

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

    def _event(self, name: str, **fields: Any) -> None:
        self._pending.append({"event": name, "time": self._clock(), **fields})


class DriverRecorder:
    """The record of the process that drives a search: its begin, its end, its decisions.

    Parameters
    ----------
    writer
        The driver's event file.
    clock
        The search's clock.
    """

    def __init__(self, writer: EventWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    def search_began(self) -> None:
        """Record t = 0; call it right before the engine's search call."""
        self._event("search_begin")

    def search_ended(self) -> None:
        """Record that the engine's search call returned."""
        self._event("search_end")

    def trial_stopped(self, trial_id: str, reason: str) -> None:
        """Record that the engine stopped a trial without the trial's knowledge."""
        self._event("trial_end", trial_id=trial_id, status="stopped", reason=reason, error=None)

    def trial_lost(self, trial_id: str, error: str) -> None:
        """Record that a trial's process died."""
        self._event("trial_end", trial_id=trial_id, status="lost", reason="worker", error=error)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _event(self, name: str, **fields: Any) -> None:
        self._writer.write({"event": name, "time": self._clock(), **fields})


@dataclass(frozen=True)
class Recorder:
    """Where a search's events go; it travels to the processes that train.

    Attributes
    ----------
    events
        The directory of the event log.
    """

    events: Path

    def open_slot(self, slot: int, clock: Clock | None = None) -> SlotRecorder:
        """Open the record of a slot in this process."""
        writer = EventWriter(self.events / f"{slot}-{os.getpid()}.jsonl")
        return SlotRecorder(writer, slot, clock or anchored_clock())

    def open_driver(self, clock: Clock | None = None) -> DriverRecorder:
        """Open the record of the driving process."""
        writer = EventWriter(self.events / f"driver-{os.getpid()}.jsonl")
        return DriverRecorder(writer, clock or anchored_clock())
