"""The event log of a replay: one file, the same byte for byte each time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from harness.records.clock import Clock
from harness.records.events import BY, Event, EventWriter
from harness.records.happenings import DriverOpened, SearchEnded, SlotOpened
from harness.records.recorder import DriverRecorder, Recorder, process_identity

FILE = "virtual.jsonl"
"""The one file of the log."""

HELD_LINES = 4096
"""Lines that are written together."""


class VirtualLog:
    """Collects the events of all slots of a search in one file.

    Parameters
    ----------
    directory
        The directory of the event log.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (directory / FILE).open("w", encoding="utf-8")
        self._held: list[str] = []

    def write(self, writer: str, events: tuple[Event, ...]) -> None:
        """Append the events of a writer."""
        self._held += (json.dumps({BY: writer, **e}, separators=(",", ":")) for e in events)
        if len(self._held) >= HELD_LINES:
            self._flush()

    def __enter__(self) -> VirtualLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._file.write("".join(line + "\n" for line in self._held))
        self._held.clear()


class _Writer:
    """Stands where a process has its event file. Which process it is says nothing here."""

    def __init__(self, log: VirtualLog, name: str) -> None:
        self._log = log
        self._name = name
        self._identity = frozenset(process_identity(lambda: 0.0))

    def write(self, *events: Event) -> None:
        first = events[0]
        if first["event"] in {SlotOpened.name, DriverOpened.name}:
            kept = {name: first[name] for name in first if name not in self._identity}
            events = (kept, *events[1:])
        self._log.write(self._name, events)

    def close(self) -> None:
        pass


class VirtualDriver(DriverRecorder):
    """The record of a driving process that takes a while to end a search."""

    def __init__(
        self, writer: EventWriter, clock: Clock, closing_s: float, session: int, workers: int | None
    ) -> None:
        super().__init__(writer, clock, session, workers)
        self._closing_s = closing_s

    def search_ended(self) -> None:
        """Record that the engine's search call returns when it has closed down."""
        self._note(SearchEnded(self._clock() + self._closing_s))


@dataclass(frozen=True, kw_only=True)
class VirtualRecorder(Recorder):
    """A recorder whose writers share one file and live in virtual time.

    Attributes
    ----------
    log
        The log.
    clock
        The time of the search; slots have their own.
    closing_s
        Virtual seconds that the engine takes to end the search.
    """

    log: VirtualLog
    clock: Clock
    closing_s: float

    def open_driver(self, clock: Clock | None = None) -> DriverRecorder:
        """Open the record of the driving process."""
        writer, clock = self._writer("driver"), clock or self._clock()
        return VirtualDriver(writer, clock, self.closing_s, self.session, self.workers)

    def _clock(self) -> Clock:
        return self.clock

    def _writer(self, name: str) -> EventWriter:
        return cast(EventWriter, _Writer(self.log, name))
