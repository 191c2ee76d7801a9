"""The share of the slots' time that is training and validation, after start-up."""

from __future__ import annotations

from benchmarks.conditions import Conditions
from benchmarks.harness_run import SearchRequest, run_search
from benchmarks.measured import Measured, Target, median_of
from harness.machine.hardware import usable_cores

NAME = "utilisation"
TARGET = Target(0.95, "at least")
ENGINES = ("ray", "deephyper", "propulate")


def measure(conditions: Conditions) -> list[Measured]:
    """Measure searches of 16 trials and 12 epochs of a second."""
    return [measure_search(conditions, backend, "rand") for backend in ENGINES]


def measure_search(conditions: Conditions, backend: str, algo: str) -> Measured:
    """Measure one search; the ledger's worker-seconds are among the details."""
    epoch_s, trials, epochs = (0.1, 4, 2) if conditions.quick else (1.0, 16, 12)
    workers = 2 if conditions.quick else usable_cores()
    request = SearchRequest(
        backend,
        algo,
        "benchmarks.sleeping:SleepingWorkload",
        workers=workers,
        trials=trials,
        epochs=epochs,
        settings={"workload_options.epoch_s": epoch_s},
    )
    summary = run_search(request, conditions.scratch / f"use-{backend}-{algo}").summary
    details = {f"ledger_{kind}_s": seconds for kind, seconds in summary["ledger"].items()}
    return median_of(
        NAME,
        f"{backend} {algo}",
        [summary["utilisation"]],
        target=TARGET,
        details={"workers": float(workers), **details},
    )
