"""How far the clock of a launcher's host is ahead of the run's time, which rank 0's host tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from harness.launch.rank_report import read_report

SAME_S = 1.0
"""Clocks that differ by less are taken for equal: a report is seen a moment after it is written."""


class LauncherClock:
    """What a launcher's host shows against what rank 0's shows.

    A report of rank 0 was written before it is seen. So the least difference that was ever
    seen is the best one.

    Parameters
    ----------
    directory
        The run directory.
    system
        The clock of this host, in seconds of Unix time.
    """

    def __init__(self, directory: Path, system: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._system = system
        self._least: float | None = None

    @property
    def ahead_s(self) -> float:
        """How far this host's clock is ahead; 0 as long as rank 0 has said nothing."""
        least = self._least
        return 0.0 if least is None or abs(least) < SAME_S else least

    def look(self) -> bool:
        """Look for the first report of rank 0, and return whether this look found it."""
        report = None if self._least is not None else read_report(0, self._directory)
        if report is None:
            return False
        self._least = 0.0 if report.is_of_this_host else self._system() - report.time
        return True

    def not_before(self, times: Iterable[float]) -> None:
        """Take into account that the run's time is not before any of these."""
        newest = max(times, default=None)
        if newest is not None and self._least is not None:
            self._least = min(self._least, self._system() - newest)
