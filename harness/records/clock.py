"""The clock of a search: wall-clock time that never jumps within a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Returns seconds since the Unix epoch."""


@dataclass(frozen=True)
class AnchoredClock:
    """A clock that was set once and then runs monotonically.

    Attributes
    ----------
    start
        What it shows when `time.perf_counter` is 0.
    ahead_s
        How far the system's clock was ahead of it when it was set.
    """

    start: float
    ahead_s: float = 0.0

    def __call__(self) -> float:
        """Return seconds since the Unix epoch."""
        return self.start + time.perf_counter()


def anchored_clock(ahead_s: float = 0.0) -> AnchoredClock:
    """Return a clock that starts at the run's time and then runs monotonically.

    Processes of one search compare their times, so each starts from one
    system's time; a later change of a system's time does not tear a span.

    Parameters
    ----------
    ahead_s
        How far the clock of this system is ahead of that one.
    """
    return AnchoredClock(time.time() - ahead_s - time.perf_counter(), ahead_s)


def ahead_of_run(clock: Clock) -> float:
    """Return how far the system's clock was ahead of `clock` when that was set."""
    return clock.ahead_s if isinstance(clock, AnchoredClock) else 0.0
