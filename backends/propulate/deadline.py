"""The time limit of a search."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A moment after which no trial begins or goes on.

    Parameters
    ----------
    limit_s
        Seconds from `start` to it; None for never.
    clock
        Returns seconds.
    """

    def __init__(self, limit_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._start = clock()

    def start(self) -> None:
        """Begin to count; call it at t = 0."""
        self._start = self._clock()

    def has_passed(self) -> bool:
        """Whether the limit is reached."""
        return self._limit_s is not None and self._clock() - self._start >= self._limit_s
