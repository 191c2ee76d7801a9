"""What an event of a replay costs, and how that grows from 64 to 1,024 workers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.conditions import Conditions
from benchmarks.harness_run import REPOSITORY
from benchmarks.measured import Measured, Target, median_of

NAME = "virtual-time"
TARGET = Target(2.0, "at most")
ENGINES = ("deephyper", "propulate", "ray")
ALGORITHMS = ("rand", "asha")
SIZES = ((64, 640), (1024, 10_000))
"""Workers and trials."""


def measure(conditions: Conditions) -> list[Measured]:
    """Measure `rand` and `asha` on each engine at the largest size."""
    sizes = ((2, 8), (4, 16)) if conditions.quick else SIZES
    return [measure_search(b, algo, sizes) for b in ENGINES for algo in ALGORITHMS]


def measure_search(backend: str, algo: str, sizes: tuple[tuple[int, int], ...]) -> Measured:
    """Measure one kind of search; memory and the cost at each size are among the details."""
    found = [_replay(backend, algo, workers, trials) for workers, trials in sizes]
    details = {f"ms_at_{one['workers']}": one["ms_per_event"] for one in found}
    details |= {f"mb_at_{one['workers']}": one["peak_memory_mb"] for one in found}
    details["events"] = float(found[-1]["epochs"] + found[-1]["trials"])
    largest = found[-1]
    return median_of(
        NAME,
        f"{backend} {algo}, {largest['workers']:,} workers, {largest['trials']:,} trials",
        [largest["ms_per_event"]],
        unit="ms an event",
        target=TARGET,
        details=details,
    )


def _replay(backend: str, algo: str, workers: int, trials: int) -> dict[str, Any]:
    sizes = ["--workers", str(workers), "--trials", str(trials)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.virtual_search", backend, algo, *sizes],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=REPOSITORY,
    )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured
