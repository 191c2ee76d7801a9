"""The clock of a search: wall-clock time that never jumps within a process."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Returns seconds since the Unix epoch."""


def anchored_clock() -> Clock:
    """Return a clock that starts at the system's time and then runs monotonically.

    Processes of one search compare their times, so each starts from the
    system's time; a later change of the system's time does not tear a span.
    """
    offset = time.time() - time.perf_counter()
    return lambda: offset + time.perf_counter()
