"""When workers die in a replay."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

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
