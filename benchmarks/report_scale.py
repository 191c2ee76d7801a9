"""How long a report over many runs takes, and how much memory.

The records are synthetic: written by `harness.testing.synthetic_runs` for searches that
never ran, of three workloads, three engines, four algorithms and two precisions. Each size
is reported on in a process of its own; the time includes its start.

    python benchmarks/report_scale.py --runs 250 500 1000 --folder /tmp/records
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.load.discovery import discover
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun

WORKLOADS = {"cifar10": ("accuracy", "max"), "imagenet": ("accuracy", "max"), "cfd": ("mse", "min")}
TRIALS = {"rand": 84, "pbt": 84, "asha": 350, "bohb": 350}
EPOCHS = 12
"""With these trials a run has about 1,000 epochs."""


def write_records(folder: Path, runs: int) -> None:
    """Write `runs` run directories, those of one seed before those of the next."""
    engines = ("ray", "deephyper", "propulate")
    cells = list(itertools.product(WORKLOADS, engines, TRIALS, ("fp32", "amp")))
    for number in range(runs):
        seed, cell = divmod(number, len(cells))
        workload, backend, algo, precision = cells[cell]
        path = folder / f"{number:05d}"
        if path.exists():
            continue
        metric, mode = WORKLOADS[workload]
        write_synthetic_run(
            path,
            SyntheticRun(
                backend=backend,
                algo=algo,
                workload=workload,
                precision=precision,
                seed=seed,
                workers=8,
                trials=TRIALS[algo],
                epochs=EPOCHS,
                metric=metric,
                mode=mode,
            ),
        )


def measure(folder: Path, runs: int) -> dict[str, float]:
    """Report on the first `runs` run directories, and return what it took."""
    with tempfile.TemporaryDirectory() as out:
        chosen = Path(out) / "runs"
        chosen.mkdir()
        for path in sorted(folder.iterdir())[:runs]:
            (chosen / path.name).symlink_to(path.resolve())
        rows = sum(run.summary["epochs"] for run in discover([chosen]).runs)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        command = ["report", str(chosen), "--out", str(Path(out) / "report")]
        subprocess.run([sys.executable, "-m", "harness", *command], check=True, stdout=sys.stderr)
        wall_s = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        page = (Path(out) / "report" / "index.html").stat().st_size
    return {
        "runs": runs,
        "epoch_rows": rows,
        "wall_s": wall_s,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        # The largest child so far: sizes are measured in ascending order.
        "peak_memory_mb": after.ru_maxrss / 1024,
        "page_mb": page / 1e6,
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--folder", type=Path, help="keep the records here, and use those there")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        write_records(folder, max(arguments.runs))
        found = [measure(folder, runs) for runs in sorted(arguments.runs)]
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
