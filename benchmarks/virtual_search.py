"""Replays one search on synthetic trainings, or for an algorithm that suggests in closed form.

It runs in this process and prints what it took as JSON.

    python -m benchmarks.virtual_search deephyper asha --workers 1024 --trials 10000

An event is an epoch that ends or a trial that begins. Times are the processor's, of the
engine's search and its log; the tables that are folded from the log come on top.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.config import RunConfig
from harness.plugins.loading import load_workload
from harness.records.directory import RunDirectory
from harness.replay.closed_form import ClosedForm, ClosedFormTimes
from harness.replay.costs import ReplayCosts
from harness.replay.origins import FROM_SEED, Origins
from harness.replay.request import resolve_replay
from harness.replay.search import run_in_virtual_time
from harness.replay.table import TrainingTable
from harness.testing.tables import synthetic_table

CONFIGURATIONS = 500
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"


def replay_once(backend: str, algo: str, workers: int, trials: int) -> dict[str, Any]:
    """Replay a search with seed 0; return its size and what it took."""
    table: TrainingTable | ClosedForm = synthetic_table(min(trials, CONFIGURATIONS), 9)
    if algo not in FROM_SEED:
        times = ClosedFormTimes(spread=0.3)
        table = ClosedForm(CONTINUOUS, load_workload(CONTINUOUS, {}), 9, times)
    config = RunConfig(backend=backend, algo=algo, workers=workers, trials=trials)
    resolved = resolve_replay(config, table, ReplayCosts())
    origin = Origins(table).of(resolved)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        log = run_in_virtual_time(resolved, origin, RunDirectory(Path(folder) / "run"))
        seconds = time.process_time() - began
        kinds = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    epochs, begun = kinds.count("epoch"), kinds.count("trial_start")
    return {
        "backend": backend,
        "algo": algo,
        "workers": workers,
        "trials": begun,
        "epochs": epochs,
        "cpu_s": seconds,
        "ms_per_event": 1000 * seconds / (epochs + begun),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backend")
    parser.add_argument("algo")
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--trials", type=int, default=640)
    options = parser.parse_args()
    # Imports and what an engine does once are not counted.
    replay_once(options.backend, options.algo, 2, 4)
    print(json.dumps(replay_once(**vars(options))))


if __name__ == "__main__":
    main()
