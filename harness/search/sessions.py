"""Who works on a run: one process at a time, session after session."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import RequestError
from harness.processes.claim import Claim, Holder, claim
from harness.records.directory import RunDirectory, write_json
from harness.records.events import EventWriter, read_events
from harness.records.happenings import Opened, SessionBegan
from harness.records.lines import event_of, line_of

HEARTBEAT_S = 1.0
"""How often a process shows that it is at work on a run."""

WRITERS_GONE_S = 30.0
"""How long the processes of an earlier session may take to be gone."""


@contextmanager
def held_run(directory: RunDirectory) -> Iterator[float | None]:
    """Hold a run as the only process at work on it, and show all the while that it lives.

    Yields
    ------
    float or None
        Unix time at which an earlier process that never let go was last alive.

    Raises
    ------
    RequestError
        If another process is at work on the run.
    """
    last_alive = _modified(directory.lock)
    held = claim(directory.lock)
    if isinstance(held, Holder):
        raise RequestError(f"'{directory.path}' is not free: {held} is at work on it.")
    stopped = threading.Event()
    beat = threading.Thread(target=_beat, args=(held, stopped), name="heartbeat", daemon=True)
    beat.start()
    try:
        yield last_alive
    finally:
        stopped.set()
        beat.join()
        held.release()


def _beat(held: Claim, stopped: threading.Event) -> None:
    while not stopped.wait(HEARTBEAT_S):
        held.renew(HEARTBEAT_S / 2)


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def current_session(directory: RunDirectory) -> int:
    """Return the number of the session that was begun last, from 0."""
    try:
        return int(json.loads(directory.session.read_text(encoding="utf-8"))["number"])
    except FileNotFoundError:
        return 0
    except (ValueError, TypeError, KeyError) as error:
        raise RequestError(f"'{directory.session}' is damaged: {error}.") from None


def begin_session(directory: RunDirectory, last_alive: float | None) -> int:
    """Begin the next session of a run whose earlier processes are gone, and return its number.

    What was written when the last one ended is removed: it is folded anew from
    the event log.

    Parameters
    ----------
    directory
        The run directory.
    last_alive
        When the earlier session lived at least, by the time that the file system gives to
        files, if it never said how it ended.
    """
    number = current_session(directory) + 1
    for path in (directory.summary, *map(directory.table, ("trials", "epochs", "spans"))):
        path.unlink(missing_ok=True)
    alive = None if last_alive is None else _by_time_of_run(directory, last_alive)
    with EventWriter(directory.events / f"session-{number}.jsonl") as writer:
        writer.write(line_of(SessionBegan(time.time(), number, alive)))
    write_json(directory.session, {"number": number})
    return number


def _by_time_of_run(directory: RunDirectory, modified: float) -> float:
    """Return what the run's clock showed when the file system's gave a file its time.

    They may differ; the event file that was written last has a time of both.
    """
    files = [(path.stat().st_mtime, path) for path in directory.events.glob("*.jsonl")]
    if not files:
        return modified
    written, newest = max(files)
    times = [event["time"] for name, event in read_events(directory.events) if name == newest.stem]
    return modified - written + times[-1] if times else modified


def wait_for_writers(directory: RunDirectory, patience_s: float = WRITERS_GONE_S) -> None:
    """Wait until no other process of an earlier session is left on this host.

    Raises
    ------
    RequestError
        If one is alive after `patience_s` seconds.
    """
    deadline = time.monotonic() + patience_s
    while True:
        alive = [writer for writer in _writers(directory) if writer.is_alive_here()]
        if not alive:
            return
        if time.monotonic() > deadline:
            raise RequestError(
                f"'{directory.path}' is not free: {alive[0]}, of an earlier session, still writes."
            )
        time.sleep(0.1)


def _writers(directory: RunDirectory) -> set[Holder]:
    opened = (event_of(line) for _name, line in read_events(directory.events))
    return {
        Holder(event.host, event.pid, event.created, event.numbered_by)
        for event in opened
        if isinstance(event, Opened)
        and event.host is not None
        and event.pid is not None
        and event.created is not None
    } - {Holder.this_process()}
