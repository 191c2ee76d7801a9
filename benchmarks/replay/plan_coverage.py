"""What a plan predicts of real searches, written down before they run, and how often it is right.

    python -m benchmarks.replay.plan_coverage predict --table digits.parquet --out coverage
    python -m benchmarks.replay.plan_coverage run --out coverage
    python -m benchmarks.replay.plan_coverage show --out coverage

`predict` replays each kind of search sixty times and writes the 5th and 95th percentile of
single searches; `run` trains, one search after the other, and goes on where it was; `show` prints
how many lie between, and each that does not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.harness_run import SearchRequest, run_search
from harness.replay.costs import ReplayCosts
from harness.replay.planning.answers import answers_of
from harness.replay.planning.cells import PlanRequest, replay_cells
from harness.replay.table_file import read_table

TRIALS = 6
REPLAYS = 60
FIRST_SEED = 100
"""Beyond the seeds that the table was recorded with."""


@dataclass(frozen=True)
class Kind:
    """One kind of search."""

    backend: str
    algo: str
    workers: int


KINDS = (
    Kind("propulate", "rand", 1),
    Kind("propulate", "asha", 2),
    Kind("deephyper", "asha", 1),
    Kind("deephyper", "rand", 2),
)


def predict(options: argparse.Namespace) -> None:
    """Write the predictions of all kinds."""
    table = read_table(options.table, "fp32")
    frames = []
    for kind in KINDS:
        request = PlanRequest(
            options.table,
            {"fp32": table},
            ((kind.backend, kind.algo),),
            (kind.workers,),
            (1,),
            TRIALS,
            REPLAYS,
            None,
            ReplayCosts(),
        )
        frames.append(answers_of(replay_cells(request, print), False).table)
    options.out.mkdir(parents=True, exist_ok=True)
    pd.concat(frames).to_csv(_predictions(options.out), index=False)
    about = {"epochs": table.about.epochs, "workload_options": dict(table.about.workload_options)}
    (options.out / "about.json").write_text(json.dumps(about), encoding="utf-8")


def searches(seeds: int) -> Iterator[tuple[Kind, int]]:
    """Yield what is to be run: each kind with each seed."""
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        for kind in KINDS:
            yield kind, seed


def run(options: argparse.Namespace) -> None:
    """Train the searches that are missing; refuse to without predictions."""
    if not _predictions(options.out).is_file():
        raise SystemExit("Predict first: what is written afterwards is no prediction.")
    about = json.loads((options.out / "about.json").read_text(encoding="utf-8"))
    for kind, seed in searches(options.seeds):
        folder = options.out / f"{kind.backend}-{kind.algo}-{kind.workers}-{seed}"
        if (folder / "summary.json").is_file():
            continue
        request = SearchRequest(
            kind.backend,
            kind.algo,
            "digits",
            workers=kind.workers,
            trials=TRIALS,
            epochs=about["epochs"],
            seed=seed,
            settings={"threads": 1},
        )
        done = run_search(request, folder)
        print(f"{folder.name}: {done.summary['runtime_s']:.1f} s", flush=True)


def judged(out: Path) -> pd.DataFrame:
    """Return each search that ran beside its prediction."""
    predicted = pd.read_csv(_predictions(out))
    rows: list[dict[str, Any]] = []
    for path in sorted(out.glob("*/summary.json")):
        summary = json.loads(path.read_text(encoding="utf-8"))
        kind = Kind(summary["backend"], summary["algo"], summary["workers"])
        own = predicted
        for name, value in asdict(kind).items():
            own = own[own[name] == value]
        [(_, said)] = own.iterrows()
        for name in ("runtime_s", "best_value"):
            low, high, real = said[f"{name}_low"], said[f"{name}_high"], summary[name]
            inside = bool(low <= real <= high)
            identity = {**asdict(kind), "seed": summary["seed"], "what": name}
            rows.append({**identity, "low": low, "high": high, "real": real, "inside": inside})
    return pd.DataFrame(rows)


def show(options: argparse.Namespace) -> None:
    """Print the coverage of each kind, and every miss."""
    rows = judged(options.out)
    print("| engine | algorithm | workers | what | 5 % | 95 % | inside |")
    print("|---|---|---|---|---|---|---|")
    for key, own in rows.groupby(["backend", "algo", "workers", "what"]):
        first = own.iloc[0]
        print(
            "| " + " | ".join(str(part) for part in key) + f" | {first['low']:.4g} "
            f"| {first['high']:.4g} | {own['inside'].sum()} of {len(own)} |"
        )
    for name, own in rows.groupby("what"):
        print(f"{name}: {own['inside'].sum()} of {len(own)} inside")
    for _, miss in rows[~rows["inside"]].iterrows():
        print(
            f"miss: {miss['backend']} {miss['algo']}, {miss['workers']} workers, seed "
            f"{miss['seed']}: {miss['what']} {miss['real']:.4g}, predicted {miss['low']:.4g} to "
            f"{miss['high']:.4g}"
        )


def _predictions(out: Path) -> Path:
    return out / "predictions.csv"


def main() -> None:
    """Predict, run or show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("predict", "run", "show"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    {"predict": predict, "run": run, "show": show}[options.what](options)


if __name__ == "__main__":
    main()
