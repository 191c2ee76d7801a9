"""How long a user waits: from the command to the first training step, and for `--help`."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.alternation import alternate
from benchmarks.conditions import Conditions
from benchmarks.harness_run import FinishedSearch, SearchRequest, run_search, timed_command
from benchmarks.measured import Measured, Target, median_of

NAME = "start-up"
TARGETS = {
    "ray": Target(12.0, "at most"),
    "deephyper": Target(7.0, "at most"),
    "propulate": Target(7.0, "at most"),
}
HELP_TARGET = Target(0.5, "at most")


def measure(conditions: Conditions) -> list[Measured]:
    """Measure every backend on the default workload; the first round warms the file cache."""
    runs = alternate(
        {name: partial(_seconds, conditions, name) for name in TARGETS}, conditions.rounds + 1
    )
    rounds = runs[1:]
    measured = [
        median_of(NAME, name, [times[name] for times in rounds], unit="s", target=target)
        for name, target in TARGETS.items()
    ]
    harness = str(Path(sys.executable).with_name("harness"))
    helps = [timed_command([harness, "--help"]) for _ in range(2 * conditions.rounds + 1)][1:]
    return [*measured, median_of(NAME, "harness --help", helps, unit="s", target=HELP_TARGET)]


def _seconds(conditions: Conditions, backend: str) -> float:
    number = len(list(conditions.scratch.glob(f"start-{backend}-*")))
    request = SearchRequest(backend, workers=2, trials=2, epochs=1)
    return seconds_to_first_step(
        run_search(request, conditions.scratch / f"start-{backend}-{number}")
    )


def seconds_to_first_step(run: FinishedSearch) -> float:
    """Return the seconds from a command's start to the first span of training."""
    spans = pd.read_parquet(run.directory / "spans.parquet")
    first = spans.loc[spans["kind"] == "train", "start_s"].min()
    return float(_search_began(run.directory / "events") + first - run.began)


def _search_began(events: Path) -> float:
    """Return the Unix time of t = 0."""
    for path in events.glob("driver-*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "search_begin":
                return float(event["time"])
    raise ValueError(f"{events}: no search began")
