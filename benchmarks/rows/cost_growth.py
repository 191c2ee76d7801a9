"""What an engine spends on a trial, as trials and workers grow.

The cost of a trial is the time of its slot that is neither training nor validation:
the median gap to the trial before it, and what the harness spends inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil

from benchmarks.alternation import alternate
from benchmarks.conditions import Conditions
from benchmarks.engine_overhead import NO_OP, Overhead, read_overhead
from benchmarks.harness_run import SearchRequest, run_search
from benchmarks.measured import Measured, Target, median_of

NAME = "cost-growth"
TARGET = Target(1.5, "at most")
ENGINES = ("ray", "deephyper", "propulate")
TRIALS = (16, 64, 256, 1024)
WORKERS = (2, 8, 32, 64)
WORKER_BYTES = {"ray": 450 * 10**6, "deephyper": 350 * 10**6, "propulate": 400 * 10**6}
"""What a worker that trains nothing takes: torch, and the engine's own imports."""

EPOCH_S = 2.0


def measure(conditions: Conditions) -> list[Measured]:
    """Measure the growth with trials, and with workers that sleep."""
    trials = (8, 16) if conditions.quick else TRIALS
    free_bytes = psutil.virtual_memory().available
    measured = []
    for engine in ENGINES:
        measured.append(growth_with_trials(conditions, engine, trials))
        workers = (2, 3) if conditions.quick else workers_that_fit(engine, free_bytes)
        measured.append(growth_with_workers(conditions, engine, workers))
    return measured


def workers_that_fit(engine: str, free_bytes: int) -> list[int]:
    """Return the worker counts whose processes fit into so much memory together."""
    return [size for size in WORKERS if size * WORKER_BYTES[engine] <= free_bytes]


def growth_with_trials(conditions: Conditions, engine: str, sizes: Sequence[int]) -> Measured:
    """Measure searches of trials that do nothing."""
    costs = {str(size): partial(_no_op_cost, conditions, engine, size) for size in sizes}
    return _growth(f"{engine}, {sizes[0]} to {sizes[-1]} trials", costs)


def growth_with_workers(conditions: Conditions, engine: str, sizes: Sequence[int]) -> Measured:
    """Measure searches on workers that sleep."""
    costs = {str(size): partial(_sleeping_cost, conditions, engine, size) for size in sizes}
    return _growth(f"{engine}, {sizes[0]} to {sizes[-1]} sleeping workers", costs)


def _growth(subject: str, sizes: Mapping[str, Callable[[], float]]) -> Measured:
    """Return the largest cost over that of the smallest size."""
    (costs,) = alternate(sizes, 1)
    growth = max(costs.values()) / next(iter(costs.values()))
    details = {f"ms_at_{size}": cost for size, cost in costs.items()}
    return median_of(NAME, subject, [growth], target=TARGET, details=details)


def _no_op_cost(conditions: Conditions, engine: str, trials: int) -> float:
    request = SearchRequest(engine, workload=NO_OP, workers=2, trials=trials)
    return _cost_ms(
        read_overhead(run_search(request, _out(conditions, engine, trials, 2)).directory)
    )


def _sleeping_cost(conditions: Conditions, engine: str, workers: int) -> float:
    """Each worker runs three trials whose lengths differ, so that they do not ask at once."""
    epoch_s = 0.1 if conditions.quick else EPOCH_S
    request = SearchRequest(
        engine,
        workload="benchmarks.sleeping:SleepingWorkload",
        workers=workers,
        trials=3 * workers,
        settings={"workload_options.epoch_s": epoch_s, "workload_options.jitter": 0.5},
    )
    run = run_search(request, _out(conditions, engine, 3 * workers, workers))
    return read_overhead(run.directory).gap_median_ms


def _cost_ms(overhead: Overhead) -> float:
    return overhead.gap_median_ms + overhead.harness_ms


def _out(conditions: Conditions, engine: str, trials: int, workers: int) -> Path:
    return conditions.scratch / f"growth-{engine}-{trials}-{workers}"
