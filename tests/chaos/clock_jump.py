"""Moves what a search has recorded so far in time, as if the system's clock had jumped since."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from harness.records.directory import RunDirectory

TIMES = ("time", "start", "previous_alive")
"""The fields of an event that hold a Unix time."""


def move_records(directory: RunDirectory, seconds: float) -> None:
    """Add `seconds` to every time that is recorded; nobody may be at work on the run."""
    for path in directory.events.glob("*.jsonl"):
        lines = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join(_moved(line, seconds) for line in lines))
    if directory.lock.exists():
        _touch(directory.lock, seconds)


def _moved(line: bytes, seconds: float) -> bytes:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return line
    moved = {name: event[name] + seconds for name in TIMES if event.get(name) is not None}
    return json.dumps({**event, **moved}, separators=(",", ":")).encode()


def _touch(path: Path, seconds: float) -> None:
    modified = path.stat().st_mtime + seconds
    os.utime(path, (modified, modified))
