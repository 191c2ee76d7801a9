"""How much faster one training is in AMP: processes that train it at the same time, by turns.

A search trains on all its workers at once, and they share caches and memory. One
training alone would have these to itself.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.synchronize import Barrier

from benchmarks.baseline.options import BaselineOptions
from benchmarks.baseline.training import Trainer, configurations
from harness.workload import Training

LONGEST_WAIT_S = 300.0


def training_speed_up(options: BaselineOptions, rounds: int) -> list[float]:
    """Return each round's time of an epoch in FP32 over that in AMP.

    Parameters
    ----------
    options
        The search whose first configuration is trained, by as many processes as
        it has workers. An epoch is training and validation.
    rounds
        Epochs in each precision; one more warms up.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(options.workers)
    with context.Pool(options.workers, _meet, (barrier,)) as pool:
        calls = [(options, rounds)] * options.workers
        by_worker = pool.starmap(_train_by_turns, calls, chunksize=1)
    return [statistics.fmean(ratios) for ratios in zip(*by_worker, strict=True)]


_barrier: Barrier | None = None


def _meet(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _train_by_turns(options: BaselineOptions, rounds: int) -> Sequence[float]:
    config = configurations(options)[0]
    trainings = {
        precision: Trainer(replace(options, precision=precision)).build(0, config)
        for precision in ("fp32", "amp")
    }
    seconds = [
        {precision: _epoch_s(training) for precision, training in trainings.items()}
        for _ in range(rounds + 1)
    ]
    return [turn["fp32"] / turn["amp"] for turn in seconds[1:]]


def _epoch_s(training: Training) -> float:
    if _barrier is not None:
        _barrier.wait(LONGEST_WAIT_S)
    began = time.perf_counter()
    training.train_epoch()
    training.validate()
    return time.perf_counter() - began
