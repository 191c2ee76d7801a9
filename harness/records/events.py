"""The append-only event log: one JSON object a line, one writer a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

Event = dict[str, Any]
"""One line of the log; ``event`` names its type, ``time`` is in Unix seconds."""

BY = "by"
"""Names the writer in each line of a file that several share; else the file's name does."""


class EventWriter:
    """Appends events to one file.

    Each call of `write` is one system call, so that a line is whole in the
    file or absent from it, whenever the process dies. A line that a full disk
    cut off is closed before the next one, so that it takes none with it.

    Parameters
    ----------
    path
        The file; created if it is absent.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.path = path
        self._torn = _ends_torn(self._descriptor)

    def write(self, *events: Event) -> None:
        """Append `events` in one write.

        Raises
        ------
        OSError
            If the file system refuses the write.
        """
        lines = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
        remaining = (b"\n" if self._torn else b"") + lines.encode()
        self._torn = True
        while remaining:
            remaining = remaining[os.write(self._descriptor, remaining) :]
        self._torn = False

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _ends_torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"


class EventTail:
    """Reads an event log as it grows.

    Parameters
    ----------
    directory
        The directory of the ``*.jsonl`` files.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._offsets: dict[Path, int] = {}

    def poll(self) -> Iterator[tuple[str, Event]]:
        """Yield the whole lines that were added since the last call.

        Yields
        ------
        writer, event
            The file's name without its ending, and one of its events. The
            events of a file come in order; files are not interleaved by time.
        """
        for path in sorted(self._directory.glob("*.jsonl")):
            yield from self._poll_file(path)

    def _poll_file(self, path: Path) -> Iterator[tuple[str, Event]]:
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            data = file.read()
        complete, newline, _torn = data.rpartition(b"\n")
        self._offsets[path] = self._offsets.get(path, 0) + len(complete) + len(newline)
        for line in complete.split(b"\n"):
            event = parse_line(line)
            if event is not None:
                yield str(event.pop(BY, path.stem)), event


def parse_line(line: bytes) -> Event | None:
    """Return the event of a line, or None for a line that holds none."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(event, dict) and isinstance(event.get("time"), int | float)
    return event if whole and isinstance(event.get("event"), str) else None


def read_events(directory: Path) -> list[tuple[str, Event]]:
    """Return all whole events of a log, file by file.

    A torn last line and lines that are not events are left out.
    """
    return list(EventTail(directory).poll())
