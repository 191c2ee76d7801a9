"""When workers die in a replay, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from harness.replay.clock import SlotClock
from harness.replay.costs import ReplayCosts

HOUR_S = 3600.0


def failure_times(costs: ReplayCosts, slot: int, workers: int, seed: int) -> Iterator[float]:
    """Yield the times at which a slot is thrown back, in rising order and without end.

    Workers die independently of one another at a constant rate; where one takes
    all with it, each slot sees the deaths of all, at the same times.

    Parameters
    ----------
    costs
        The rate, and who is hit.
    slot
        The slot.
    workers
        How many slots there are.
    seed
        Decides when.
    """
    rate = costs.failures_per_worker_hour / HOUR_S
    source = slot
    if costs.failure_takes_all:
        rate, source = rate * workers, workers
    if rate == 0:
        yield math.inf
        return
    generator = np.random.default_rng([seed, 1_000_003, source])
    time = 0.0
    while True:
        time += float(generator.exponential(1 / rate))
        yield time


class Deaths:
    """The times at which a slot's worker dies.

    Parameters
    ----------
    clock
        The slot's time.
    times
        When, in rising order and without end.
    restart_s
        Seconds until it trains again.
    """

    def __init__(self, clock: SlotClock, times: Iterator[float], restart_s: float) -> None:
        self._clock = clock
        self._times = times
        self._next = next(times)
        self._restart_s = restart_s

    def survive(self, seconds: float, again_s: float, thrown_back: Callable[[float], None]) -> None:
        """Let an epoch be trained, from the last state on after each death meanwhile.

        A death while the worker is still gone, or trains again, throws it back from then
        on: what was left to do before it is not done as well.

        Parameters
        ----------
        seconds
            What the epoch takes.
        again_s
            What it takes to be where it was before: to read the last state, and to train
            the epochs since.
        thrown_back
            Called at each death with the seconds until the epoch begins again, or until
            the next death if that comes first; lets them pass.
        """
        while self._next <= self._clock() + seconds:
            died = self._next
            self._clock.spend(max(0.0, died - self._clock()))
            self._next = next(self._times, math.inf)
            # A worker that died while it had nothing to train may be back already.
            back_s = max(0.0, died + self._restart_s - self._clock()) + again_s
            thrown_back(max(0.0, min(back_s, self._next - self._clock())))
        self._clock.spend(seconds)
