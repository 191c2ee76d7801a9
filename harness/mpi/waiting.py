"""Waiting for other ranks asleep: MPI's own waits keep a core busy."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORTEST_S = 50e-6
LONGEST_S = 8e-3


def wait_asleep(is_over: Callable[[], bool], idle: Callable[[], None] | None = None) -> None:
    """Return when `is_over` does; sleep longer and longer between two questions.

    Parameters
    ----------
    is_over
        Asked again and again; must be cheap.
    idle
        Called after each sleep, for what must go on meanwhile.
    """
    pause = SHORTEST_S
    while not is_over():
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_S)
        if idle is not None:
            idle()
