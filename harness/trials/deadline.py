"""The time limit of a search, and how it ends what runs when it is reached."""

from __future__ import annotations

import ctypes
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_S = 1.0
"""Seconds after which work that did not end at an interruption is interrupted again."""


class TimeIsUp(BaseException):
    """The time limit is reached. No error: a training's own handlers are not to catch it."""


class Deadline:
    """A moment after which no trial begins or goes on.

    It counts from when it is made, and anew from `start`.

    Parameters
    ----------
    limit_s
        Seconds; None for never.
    clock
        Returns seconds; never jumps.
    """

    def __init__(self, limit_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = math.inf if limit_s is None else limit_s
        self._clock = clock
        self._end = clock() + self._limit_s

    @classmethod
    def at(cls, moment: float, clock: Callable[[], float]) -> Deadline:
        """Return the deadline at a moment of a clock; infinity is never."""
        return cls(moment - clock(), clock)

    def start(self) -> None:
        """Begin to count; call it at t = 0."""
        self.end_in(self._limit_s)

    def end_in(self, seconds: float) -> None:
        """Let it come in some seconds, whatever the limit was."""
        self._end = self._clock() + seconds

    @property
    def remaining_s(self) -> float:
        """The seconds until it; infinite if there is none, negative afterwards."""
        return self._end - self._clock()

    def has_passed(self) -> bool:
        """Whether the limit is reached."""
        return self.remaining_s <= 0


@contextmanager
def interrupted_at(deadline: Deadline) -> Iterator[None]:
    """Interrupt the work within, wherever it is, once a deadline has passed.

    A signal interrupts the main thread, also while it sleeps or waits. In another
    thread the work ends at its next step of Python. Work inside a long call of
    compiled code ends when that returns.

    Raises
    ------
    TimeIsUp
        In the work, or at once if the deadline has passed already.
    """
    remaining = deadline.remaining_s
    if remaining <= 0:
        raise TimeIsUp
    if math.isinf(remaining):
        yield
    elif threading.current_thread() is threading.main_thread():
        with _by_signal(remaining):
            yield
    else:
        with _from_a_thread(remaining):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    within = True

    def interrupt(number: int, frame: FrameType | None) -> None:
        if within:
            raise TimeIsUp

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_S)
        yield
    finally:
        try:
            within = False
        finally:
            # Also if the signal comes in between.
            within = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)


@contextmanager
def _from_a_thread(seconds: float) -> Iterator[None]:
    thread, over, guard = threading.get_ident(), threading.Event(), threading.Lock()

    def interrupt() -> None:
        wait = seconds
        while not over.wait(wait):
            with guard:
                if not over.is_set():
                    _raise_in(thread, TimeIsUp)
            wait = AGAIN_S

    threading.Thread(target=interrupt, daemon=True).start()
    try:
        yield
    finally:
        try:
            with guard:
                over.set()
        finally:
            over.set()


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
