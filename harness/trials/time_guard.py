"""Ends a search whose time limit has passed and whose processes do not end by themselves.

A training inside a long call of compiled code, several ranks inside a sum, or data that
hang in the file system cannot be interrupted from within.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.records.happenings import SearchBegan, SearchEnded
from harness.trials.deadline import Deadline

PATIENCE_S = 6.0
"""Seconds that a search has after its time limit to end by itself."""

STARTING_S = 120.0
"""Seconds that the start of processes and engines may take before the limit counts."""

_LOOK_S = 0.2
_BEGIN, _END = (f'"event":"{kind.name}"' for kind in (SearchBegan, SearchEnded))


class TimeGuard:
    """Watches the time limit of a session from outside the processes that train.

    Parameters
    ----------
    events
        The directory of the event log, where t = 0 is seen.
    limit_s
        The time limit; None for none.
    clock
        Returns seconds; never jumps.
    """

    def __init__(
        self, events: Path, limit_s: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._events = events
        self._limit_s = limit_s
        self._deadline = Deadline(None, clock)
        if limit_s is not None:
            self._deadline.end_in(STARTING_S + limit_s + PATIENCE_S)
        self._begun_before, self._ended_before = self._count(_BEGIN), self._count(_END)
        self._sees_it_run = False

    @property
    def limits(self) -> bool:
        """Whether there is a time limit."""
        return self._limit_s is not None

    def is_over(self) -> bool:
        """Whether the session must be ended."""
        if self._limit_s is None:
            return False
        if not self._sees_it_run and self._count(_BEGIN) > self._begun_before:
            self._sees_it_run = True
            self._deadline.end_in(self._limit_s + PATIENCE_S)
        # What comes after the search is not limited.
        return self._deadline.has_passed() and self._count(_END) == self._ended_before

    def _count(self, event: str) -> int:
        return sum(
            file.read_text(encoding="utf-8").count(event)
            for file in self._events.glob("driver-*.jsonl")
        )


@contextmanager
def ended_by(guard: TimeGuard, fired: threading.Event) -> Iterator[None]:
    """Interrupt this process as by SIGUSR1 once a guard says so.

    It needs the main thread, and a handler of that signal; elsewhere it does nothing.

    Parameters
    ----------
    guard
        Says when.
    fired
        Set before the interruption.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            if guard.is_over():
                fired.set()
                os.kill(os.getpid(), signal.SIGUSR1)
                return

    handled = callable(signal.getsignal(signal.SIGUSR1))
    if guard.limits and handled and threading.current_thread() is threading.main_thread():
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
