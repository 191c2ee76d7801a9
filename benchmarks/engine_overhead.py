"""What an engine costs per trial, read from the records of searches that train nothing.

    python -m benchmarks.engine_overhead ray deephyper propulate --trials 200 --workers 2
    python -m benchmarks.engine_overhead deephyper --algo cbo --workers 1 --trials 60
    python -m benchmarks.engine_overhead deephyper --algo asha --epochs 8
    python -m benchmarks.engine_overhead --read RUN_DIR ...

A gap is the time of a slot between the end of one trial and the start of the next:
the engine takes the result, decides and hands out the next configuration.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from benchmarks.harness_run import SearchRequest, run_search

NO_OP = "harness.testing.workloads:NoOpWorkload"
TRIAL_KINDS = ("setup", "data_wait", "train", "validate", "checkpoint_save", "checkpoint_load")


@dataclass(frozen=True)
class Overhead:
    """The cost of one search, in milliseconds per trial.

    Attributes
    ----------
    backend, algo, workers, trials
        The search.
    runtime_ms
        The search's runtime over its trials: what the user waits.
    gap_median_ms, gap_p95_ms, gap_max_ms
        Gaps between two trials of a slot.
    harness_ms
        What the harness itself spent inside a trial: building, booking, incumbents.
    startup_s
        From the command to t = 0.
    """

    backend: str
    algo: str
    workers: int
    trials: int
    runtime_ms: float
    gap_median_ms: float
    gap_p95_ms: float
    gap_max_ms: float
    harness_ms: float
    startup_s: float


def read_overhead(run: Path) -> Overhead:
    """Return the overhead that a finished run's records show.

    Raises
    ------
    OSError
        If the run has no summary or lacks a table.
    ValueError
        If it has not more trials than workers, so that there is no gap.
    """
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    trials = pd.read_parquet(run / "trials.parquet")
    spans = pd.read_parquet(run / "spans.parquet")
    gaps = 1e3 * gaps_between_trials(trials)
    if gaps.size == 0:
        raise ValueError(f"{run}: no slot ran two trials")
    inside = spans[spans["kind"].isin(TRIAL_KINDS)]
    return Overhead(
        backend=summary["backend"],
        algo=summary["algo"],
        workers=summary["workers"],
        trials=len(trials),
        runtime_ms=1e3 * summary["runtime_s"] / len(trials),
        gap_median_ms=float(np.median(gaps)),
        gap_p95_ms=float(np.percentile(gaps, 95)),
        gap_max_ms=float(gaps.max()),
        harness_ms=1e3 * float((inside["end_s"] - inside["start_s"]).sum()) / len(trials),
        startup_s=summary["startup_s"],
    )


def gaps_between_trials(trials: pd.DataFrame) -> NDArray[np.float64]:
    """Return the seconds between consecutive trials of each slot."""
    ordered = trials.sort_values("start_s")
    before = ordered.groupby("worker")["end_s"].shift()
    return (ordered["start_s"] - before).dropna().to_numpy()


def run_no_op(backend: str, options: argparse.Namespace, out: Path) -> Path:
    """Run a search that trains nothing; return its directory.

    Raises
    ------
    subprocess.CalledProcessError
        If the search fails; its standard error has been shown.
    """
    pairs = [setting.partition("=") for setting in options.set]
    request = SearchRequest(
        backend,
        options.algo,
        NO_OP,
        workers=options.workers,
        trials=options.trials,
        epochs=options.epochs,
        seed=options.seed,
        settings={key: yaml.safe_load(value) for key, _, value in pairs},
    )
    return run_search(request, out).directory


def measure(options: argparse.Namespace) -> list[Overhead]:
    """Run and read every search asked for."""
    if options.read:
        return [read_overhead(run) for run in options.read]
    with tempfile.TemporaryDirectory() as directory:
        return [
            read_overhead(run_no_op(backend, options, Path(directory) / f"{backend}-{repeat}"))
            for backend in options.backends
            for repeat in range(options.repeats)
        ]


def print_table(rows: Sequence[Overhead]) -> None:
    """Print the rows as a Markdown table."""
    print(
        "| backend | algo | workers | trials | runtime ms/trial | gap median | gap p95 | gap max "
        "| harness ms/trial | startup s |"
    )
    print("|---" * 10 + "|")
    for row in rows:
        print(
            f"| {row.backend} | {row.algo} | {row.workers} | {row.trials} | {row.runtime_ms:.2f} "
            f"| {row.gap_median_ms:.2f} | {row.gap_p95_ms:.2f} | {row.gap_max_ms:.1f} "
            f"| {row.harness_ms:.2f} | {row.startup_s:.1f} |"
        )


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backends", nargs="*", help="engines to run")
    parser.add_argument("--algo", default="rand")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="epochs of a trial [1]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--read", nargs="+", type=Path, help="read these run directories instead")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    if not options.backends and not options.read:
        parser.error("name an engine, or run directories with --read")
    return options


def main() -> None:
    """Measure and print."""
    options = parse_options()
    rows = measure(options)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
