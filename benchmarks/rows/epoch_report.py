"""What the core spends on one epoch: record it, keep the incumbent, decide, return."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.conditions import Conditions
from benchmarks.measured import Measured, Target, median_of
from harness.config import RunConfig
from harness.rules.halving import continues_beyond_rung
from harness.search.prepare import prepare, search_context
from harness.trial import Trial

NAME = "epoch-report"
TARGET = Target(0.3, "at most")
RECORDED = [number / 16 for number in range(16)]
"""The values at a rung before this one."""


def measure(conditions: Conditions) -> list[Measured]:
    """Measure the epochs of a training that does nothing."""
    epochs = 200 if conditions.quick else 5_000
    measured = []
    for subject, interval, target in (
        ("no state written", epochs, TARGET),
        ("state written every epoch", 1, None),
    ):
        rounds = [
            epoch_ms(conditions.scratch / f"report-{interval}-{number}", epochs, interval)
            for number in range(conditions.rounds)
        ]
        typical, rare = zip(*rounds, strict=True)
        details = {"p99_ms": max(rare), "epochs": float(epochs)}
        measured.append(
            median_of(NAME, subject, typical, unit="ms", target=target, details=details)
        )
    return measured


def epoch_ms(directory: Path, epochs: int, interval: int) -> tuple[float, float]:
    """Return the median and the 99th percentile of an epoch's milliseconds.

    Parameters
    ----------
    directory
        A run directory to be.
    epochs
        How many epochs one trial trains.
    interval
        Epochs between two states on disk.
    """
    config = RunConfig(
        backend="harness.testing.backends:SequentialBackend",
        workload="harness.testing.workloads:NoOpWorkload",
        workers=1,
        trials=1,
        epochs=epochs + 1,
        checkpoint_interval=interval,
    )
    context = search_context(*prepare(config, directory))
    objective = context.objective.prepare()
    slot = context.recorder.open_slot(0)
    run = objective.start(Trial("t00000", 0, context.configurations[0]), slot)
    seconds = []
    for _ in range(epochs):
        began = time.perf_counter()
        continues_beyond_rung(run.advance().value, RECORDED, 4, context.spec.mode)
        seconds.append(time.perf_counter() - began)
    slot.close()
    ordered = sorted(seconds)
    return 1e3 * ordered[epochs // 2], 1e3 * ordered[int(0.99 * epochs)]
