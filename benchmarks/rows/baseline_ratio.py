"""A search through the harness against the same search written by hand on the engine.

Both are timed as a user sees them, from the command to its end, and as searches, from
the engine's search call to its return; both per epoch trained, because population-based
training may train more epochs or fewer.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.alternation import alternate, paired_ratios
from benchmarks.baseline.result import read_epochs, read_result
from benchmarks.conditions import Conditions
from benchmarks.harness_run import SearchRequest, run_search, timed_command
from benchmarks.measured import Measured, Target, median_of
from harness.launch.mpiexec import find_mpiexec, launch_command

NAME = "harness-to-baseline"
TARGET = Target(1.02, "at most")
WORKERS = 2
OPTION = "workload_options."


@dataclass(frozen=True)
class Comparison:
    """One engine and algorithm.

    Attributes
    ----------
    backend, algo
        What the harness runs.
    script
        The module of `benchmarks.baseline` that does the same.
    ranks
        The MPI ranks of the script; None for one without MPI.
    """

    backend: str
    algo: str
    script: str
    ranks: int | None


COMPARISONS = (
    Comparison("ray", "rand", "ray_random", None),
    Comparison("ray", "pbt", "ray_pbt", None),
    Comparison("deephyper", "rand", "deephyper_random", WORKERS + 1),
    Comparison("propulate", "rand", "propulate_random", WORKERS),
)


@dataclass(frozen=True)
class Times:
    """What a search took, in seconds for each epoch trained."""

    command_s: float
    search_s: float


def measure(conditions: Conditions) -> list[Measured]:
    """Compare every engine."""
    return [ratio for comparison in COMPARISONS for ratio in compare(conditions, comparison)]


def compare(conditions: Conditions, comparison: Comparison) -> list[Measured]:
    """Let the harness and a hand-written search take turns."""
    folder = conditions.scratch / f"compare-{comparison.script}"
    request = search_request(conditions, comparison)
    subjects = {
        "harness": partial(_run_harness, request, folder),
        "baseline": partial(_run_baseline, comparison, request, folder),
    }
    rounds = alternate(subjects, conditions.rounds)
    subject = f"{comparison.backend} {comparison.algo}"
    ratios = {
        "command": paired_ratios(rounds, "harness", "baseline", lambda times: times.command_s),
        "search": paired_ratios(rounds, "harness", "baseline", lambda times: times.search_s),
    }
    return [
        median_of(NAME, f"{subject}, {what}", values, target=TARGET)
        for what, values in ratios.items()
    ]


def search_request(conditions: Conditions, comparison: Comparison) -> SearchRequest:
    """Return the search that both run."""
    trials, epochs, options = 8, 4, {"images": 320, "test_images": 100}
    if conditions.quick:
        trials, epochs = 4, 2
        options = {"images": 100, "test_images": 20, "width": 8, "batch_size": 32}
    return SearchRequest(
        comparison.backend,
        comparison.algo,
        "benchmarks.scripted_cifar10:ScriptedCifar10",
        precision="amp",
        workers=WORKERS,
        trials=trials,
        epochs=epochs,
        data=conditions.data,
        settings={OPTION + name: value for name, value in options.items()},
    )


def baseline_command(
    comparison: Comparison, request: SearchRequest, out: Path
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment of a hand-written search."""
    options = {key.removeprefix(OPTION): value for key, value in request.settings.items()}
    script = [sys.executable, "-m", f"benchmarks.baseline.{comparison.script}"]
    script += ["--trials", str(request.trials), "--epochs", str(request.epochs)]
    script += ["--workers", str(request.workers), "--seed", str(request.seed)]
    script += ["--precision", request.precision, "--data", str(request.data)]
    script += ["--workload", json.dumps(options), "--out", str(out)]
    environ = dict(os.environ)
    if comparison.ranks is None:
        return script, environ
    return launch_command(find_mpiexec(environ), comparison.ranks, script, environ)


def _run_harness(request: SearchRequest, folder: Path) -> Times:
    run = run_search(request, _next(folder, "harness"))
    return Times(run.wall_s / run.summary["epochs"], run.epoch_s)


def _run_baseline(comparison: Comparison, request: SearchRequest, folder: Path) -> Times:
    out = _next(folder, "baseline")
    wall_s = timed_command(*baseline_command(comparison, request, out))
    epochs = len(read_epochs(out))
    return Times(wall_s / epochs, read_result(out).search_s / epochs)


def _next(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}-{len(list(folder.glob(f'{name}-*')))}"
