"""Ends a process whose trial hangs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

PATIENCE = 0.1
"""Share of the time allowed that a trial gets on top of it, to end by itself between epochs."""

EXIT_CODE = 75
"""What a process whose trial hangs ends with."""


class Watchdog:
    """Ends this process once a trial has taken too long and does not come back.

    A trial that trains slowly ends at its next epoch. One that hangs cannot be
    stopped from within, so its process goes; what it leaves is taken up like
    that of any process that died.

    Parameters
    ----------
    seconds
        The time allowed; None for any.
    give_up
        Called before the process ends, to record the end of the trial.
    end_process
        Ends the process.
    """

    def __init__(
        self,
        seconds: float | None,
        give_up: Callable[[], None],
        end_process: Callable[[int], None] = os._exit,
    ) -> None:
        self._give_up = give_up
        self._end_process = end_process
        self._timer: threading.Timer | None = None
        if seconds is not None:
            self._timer = threading.Timer(seconds * (1 + PATIENCE), self._expire)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Let the process live: the trial is over."""
        if self._timer is not None:
            self._timer.cancel()

    def _expire(self) -> None:
        try:
            self._give_up()
        finally:
            self._end_process(EXIT_CODE)
