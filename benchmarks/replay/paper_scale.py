"""The paper's searches at its own scale in virtual time, each with a hundred seeds.

    python -m benchmarks.replay.paper_scale run --out paper.jsonl --seeds 100
    python -m benchmarks.replay.paper_scale run --out paper.jsonl --table T --fixed-s 0 1
    python -m benchmarks.replay.paper_scale show --out paper.jsonl

`run` appends one line a search and goes on where it was. The trainings are in closed form, twelve
epochs long, with the seconds of the paper's own run of CFD; `--table T` takes recorded ones in both
precisions in place of those, for all but PBT. The seconds of AMP are a scenario where it was
emulated, as in closed form: an epoch takes 1/1.45 of its time in FP32, what the paper measured
without a search. Fixed seconds of each trial stay as they are. `show` judges the paper's directions
by the rules of a report.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.replay.paper_directions import directions, ratios
from benchmarks.replay.quick_draws import quick_draws
from harness.config import RunConfig
from harness.plugins.loading import load_workload
from harness.records.directory import RunDirectory
from harness.replay.closed_form import ClosedForm, ClosedFormTimes
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import run_in_virtual_time
from harness.replay.table import TrainingTable
from harness.replay.table_file import read_table
from harness.report.sentences import sentence
from harness.testing.tables import WORKLOAD

SINGLE_RUN = {"fp32": 2561.0, "amp": 1766.0}
"""Seconds of the paper's training of CFD without a search."""

SPEED_UP = SINGLE_RUN["fp32"] / SINGLE_RUN["amp"]
EPOCHS = 12
STATE_S = {
    "free": {"fp32": 0.0, "amp": 0.0},
    "equal": {"fp32": 131.0, "amp": 131.0},
    "slower in amp": {"fp32": 131.0, "amp": 177.0},
}
"""Seconds to write or read a state: assumed, since the paper does not tell. PBT with an interval of
one epoch took about 7,400 s on CFD there, in FP32 and in AMP; over a hundred seeds it takes 6,500 s
in FP32 here. A member writes twice an interval, a state of its own and one for those who exploit
it."""

STATE_BYTES = 1_000_000_000

KIND = ["source", "algo", "slots", "trials", "trial_s", "interval", "states"]
COLUMNS = ["seeds", "FP32, s", "AMP, s", "epochs, FP32", "AMP", "FP32 ÷ AMP"]
COLUMNS += ["best, FP32", "AMP", "other winner"]


@dataclass(frozen=True)
class Trainings:
    """What is searched.

    Attributes
    ----------
    source
        ``"closed form"``, or the workload of a table.
    by_precision
        The trainings in each.
    amp_speed
        How many times faster than its own seconds an epoch is in AMP.
    """

    source: str
    by_precision: Mapping[str, ClosedForm | TrainingTable]
    amp_speed: float


@dataclass(frozen=True)
class Cell:
    """One kind of search.

    Attributes
    ----------
    source
        ``"closed form"``, or the workload of a table.
    algo, slots, trials
        The search: with 64 GPUs, 16 slots have four each, and 32 have two.
    precision
        ``"fp32"`` or ``"amp"``.
    trial_s
        Fixed seconds of each trial.
    interval
        Epochs between two states.
    states
        What a state costs: a key of `STATE_S`.
    """

    source: str
    algo: str
    slots: int
    trials: int
    precision: str
    trial_s: float = 0.0
    interval: int = 1
    states: str = "free"


def cells(source: str, fixed_s: Sequence[float]) -> Iterator[Cell]:
    """Yield the searches of the paper: 16 at a time for vision, 32 for PBT on CFD."""
    for precision in ("fp32", "amp"):
        for trial_s in fixed_s:
            for algo, trials in (("rand", 16), ("asha", 128), ("bohb", 128)):
                yield Cell(source, algo, 16, trials, precision, trial_s)
        if source == "closed form":
            for interval in (1, 5):
                for states in ("equal", "slower in amp") if precision == "amp" else ("equal",):
                    yield Cell(source, "pbt", 32, 32, precision, 0.0, interval, states)


def run_cell(cell: Cell, seed: int, trainings: Trainings, folder: Path) -> dict[str, Any]:
    """Replay one search on Ray; return what it took and found."""
    searched = trainings.by_precision[cell.precision]
    state_s = STATE_S[cell.states][cell.precision]
    costs = ReplayCosts(
        trial_s=cell.trial_s,
        bandwidth=STATE_BYTES / state_s if state_s else None,
        speed=trainings.amp_speed if cell.precision == "amp" else 1.0,
    )
    config = RunConfig(
        backend="ray",
        algo=cell.algo,
        workers=cell.slots,
        trials=cell.trials,
        checkpoint_interval=cell.interval,
        seed=seed,
    )
    resolved = resolve_replay(config, searched, costs)
    origin = Origins(searched).of(resolved)
    log = run_in_virtual_time(resolved, origin, RunDirectory(folder / "run"))
    mode = resolved.workload.metric.mode
    return {**asdict(cell), "seed": seed, "mode": mode, **_told(log, mode)}


def _told(log: Path, mode: str) -> dict[str, Any]:
    """Return what an event log says of a search."""
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"]
    [end_s] = [event["time"] for event in events if event["event"] == "search_end"]
    best = (max if mode == "max" else min)(epochs, key=lambda event: float(event["value"]))
    return {
        "runtime_s": end_s,
        "epochs": len(epochs),
        "best_value": best["value"],
        "winner": json.dumps(best["config"], sort_keys=True),
    }


def closed_form() -> Trainings:
    """Return trainings with the seconds of the paper's own run of CFD."""
    times = ClosedFormTimes(
        epoch_s=SINGLE_RUN["fp32"] / EPOCHS, spread=0.2, state_bytes=STATE_BYTES
    )
    trainings = ClosedForm(WORKLOAD, load_workload(WORKLOAD, {}), EPOCHS, times)
    return Trainings("closed form", {"fp32": trainings, "amp": trainings}, SPEED_UP)


def recorded(path: Path) -> Trainings:
    """Return the trainings of a table in both precisions."""
    full, mixed = read_table(path, "fp32"), read_table(path, "amp")
    if mixed.arithmetic == "native":
        return Trainings(full.about.workload, {"fp32": full, "amp": mixed}, 1.0)
    mixed = with_seconds_of(full, mixed)
    return Trainings(full.about.workload, {"fp32": full, "amp": mixed}, SPEED_UP)


def with_seconds_of(full: TrainingTable, mixed: TrainingTable) -> TrainingTable:
    """Return trainings with the seconds of the same in another precision."""
    known = {(t.number, t.seed): t.curve for t in full.trainings}
    trainings = []
    for training in mixed.trainings:
        other = known[training.number, training.seed]
        seconds = {
            name: getattr(other, name)
            for name in ("train_s", "validate_s", "data_wait_s", "setup_s", "checkpoint_s")
        }
        curve = dataclasses.replace(training.curve, **seconds)
        trainings.append(dataclasses.replace(training, curve=curve))
    return dataclasses.replace(mixed, trainings=tuple(trainings))


def run(options: argparse.Namespace) -> None:
    """Replay what is missing, seed by seed, and append it."""
    trainings = closed_form() if options.table is None else recorded(options.table)
    known = _known(options.out)
    wanted = [
        cell for cell in cells(trainings.source, options.fixed_s) if cell.algo in options.algos
    ]
    with options.out.open("a", encoding="utf-8") as file:
        for seed in range(options.seeds):
            for cell in wanted:
                if (*asdict(cell).values(), seed) in known:
                    continue
                with tempfile.TemporaryDirectory() as folder, quick_draws():
                    row = run_cell(cell, seed, trainings, Path(folder))
                file.write(json.dumps(row) + "\n")
                file.flush()


def _known(path: Path) -> set[tuple[Any, ...]]:
    if not path.is_file():
        return set()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = (*Cell.__dataclass_fields__, "seed")
    return {tuple(row[name] for name in names) for row in rows}


def _cells(own: pd.DataFrame) -> list[str]:
    """Return the columns of one kind of search."""
    low, middle, high = np.percentile(own["ratio"], [5, 50, 95])
    medians = own.median(numeric_only=True)
    other = (own["winner"] != own["winner_fp32"]).mean()
    return [
        str(len(own)),
        *(f"{medians[name]:.4g}" for name in ("runtime_s_fp32", "runtime_s")),
        *(f"{medians[name]:.0f}" for name in ("epochs_fp32", "epochs")),
        f"{middle:.3f} ({low:.3f} to {high:.3f})",
        *(f"{medians[name]:.4g}" for name in ("best_value_fp32", "best_value")),
        "–" if (own["source"] == "closed form").all() else f"{other:.0%}",
    ]


def show(options: argparse.Namespace) -> None:
    """Print runtimes and ratios, with their 5th and 95th percentile over the seeds; judge."""
    rows = pd.DataFrame(map(json.loads, options.out.read_text(encoding="utf-8").splitlines()))
    paired = ratios(rows)
    print("| " + " | ".join([*KIND, *COLUMNS]) + " |")
    print("|---" * (len(KIND) + len(COLUMNS)) + "|")
    for key, own in paired.groupby(KIND):
        print("| " + " | ".join([*map(str, key), *_cells(own)]) + " |")
    for direction in directions(paired, SPEED_UP):
        # Scenarios exclude one another, so that no verdict is passed on all of them together.
        print(f"\n{direction.number}. {direction.claim}\n")
        for case in direction.cases:
            print(f"- {case.outcome}: {sentence(case)}")


def main() -> None:
    """Run or show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "show"))
    parser.add_argument("--out", type=Path, required=True, help="one line of JSON a search")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--fixed-s", type=float, nargs="+", default=[0.0, 300.0])
    parser.add_argument("--algos", nargs="+", default=["rand", "asha", "bohb", "pbt"])
    options = parser.parse_args()
    (run if options.what == "run" else show)(options)


if __name__ == "__main__":
    main()
