"""The cells of a plan: an engine, an algorithm, workers and ranks a trial, replayed many times."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pandas as pd

from harness.config import RunConfig
from harness.replay.costs import ReplayCosts
from harness.replay.many import replay_seeds
from harness.replay.table import TrainingTable
from harness.report.wording import EMULATED, counted


@dataclass(frozen=True)
class PlanRequest:
    """What a plan covers.

    Attributes
    ----------
    file
        The table of trainings.
    tables
        Its trainings by precision.
    searches
        Engine and algorithm.
    workers, ranks
        How many slots, and ranks a trial.
    trials
        Evaluations of each search.
    seeds
        How often each cell is replayed.
    target
        A validation value to reach; None for none.
    costs
        What engine and machine take.
    """

    file: Path
    tables: dict[str, TrainingTable]
    searches: tuple[tuple[str, str], ...]
    workers: tuple[int, ...]
    ranks: tuple[int, ...]
    trials: int
    seeds: int
    target: float | None
    costs: ReplayCosts


@dataclass(frozen=True)
class Cell:
    """One kind of search of a plan."""

    backend: str
    algo: str
    precision: str
    workers: int
    ranks: int


def cells_of(request: PlanRequest) -> Iterator[Cell]:
    """Yield the cells of a plan; those with more workers than trials are left out."""
    return (cell for cell in _cells_asked(request) if cell.workers <= request.trials)


def cells_left_out(request: PlanRequest) -> tuple[Cell, ...]:
    """Return the cells that were asked for and have more workers than trials."""
    return tuple(cell for cell in _cells_asked(request) if cell.workers > request.trials)


def _cells_asked(request: PlanRequest) -> Iterator[Cell]:
    for precision in request.tables:
        for backend, algo in request.searches:
            for ranks in request.ranks:
                for workers in request.workers:
                    yield Cell(backend, algo, precision, workers, ranks)


def config_of(request: PlanRequest, cell: Cell) -> RunConfig:
    """Return the search of a cell."""
    return RunConfig(
        backend=cell.backend,
        algo=cell.algo,
        workers=cell.workers,
        trials=request.trials,
        ranks_per_trial=cell.ranks,
    )


def replay_cells(request: PlanRequest, tell: Callable[[str], None]) -> pd.DataFrame:
    """Replay every cell, and return one row a search.

    Columns are those of `Cell`, ``arithmetic``, ``seed``, ``runtime_s``,
    ``worker_hours``, ``device_hours``, ``best_value`` (NaN where every trial failed),
    ``reaches_target`` (with a target), ``target_s`` (NaN where it is not reached) and
    ``epochs``. Times of emulated trainings are NaN: they are not those of the precision.
    """
    rows: list[dict[str, Any]] = []
    cells = list(cells_of(request))
    for number, cell in enumerate(cells):
        tell(
            f"{cell.backend} {cell.algo} in {cell.precision}, "
            f"{counted(cell.workers, 'worker', 'workers')} of "
            f"{counted(cell.ranks, 'rank', 'ranks')} ({number + 1} of {len(cells)})"
        )
        with TemporaryDirectory() as folder:
            rows += _rows(request, cell, Path(folder) / "replays")
    return pd.DataFrame(rows)


def _rows(request: PlanRequest, cell: Cell, folder: Path) -> list[dict[str, Any]]:
    table = request.tables[cell.precision]
    seeds = list(range(request.seeds))
    summaries = replay_seeds(
        config_of(request, cell),
        table,
        request.file,
        seeds,
        request.costs,
        folder,
        lambda line: None,
    )
    paths = sorted(folder.iterdir())
    return [
        _row(request, cell, summary, _target_s(path, request, table.about.mode))
        for summary, path in zip(summaries, paths, strict=True)
    ]


def _row(
    request: PlanRequest, cell: Cell, summary: dict[str, Any], target_s: float
) -> dict[str, Any]:
    arithmetic = request.tables[cell.precision].arithmetic
    best = summary["best_value"]
    seconds = float(summary["runtime_s"]) + request.costs.startup_s
    hours = seconds * int(summary["workers"]) / 3600
    times = {
        "runtime_s": seconds,
        "worker_hours": hours,
        "device_hours": hours * cell.ranks,
        "target_s": target_s,
    }
    if arithmetic == EMULATED:
        times = dict.fromkeys(times, math.nan)
    reached = {} if request.target is None else {"reaches_target": not math.isnan(target_s)}
    return {
        **vars(cell),
        "arithmetic": arithmetic,
        "seed": summary["seed"],
        "best_value": math.nan if best is None else float(best),
        **reached,
        **times,
        "epochs": summary["epochs"],
        "values": summary["replay"]["values"],
    }


def _target_s(path: Path, request: PlanRequest, mode: Literal["min", "max"]) -> float:
    """Return when a search has the target; a trial that fails gives it no value, as no best one."""
    if request.target is None:
        return math.nan
    trials = pd.read_parquet(path / "trials.parquet", columns=["trial_id", "status"])
    kept = set(trials.loc[trials["status"].isin(["completed", "stopped"]), "trial_id"])
    epochs = pd.read_parquet(path / "epochs.parquet", columns=["trial_id", "end_s", "value"])
    own = epochs[epochs["trial_id"].isin(kept)]
    reached = [
        end_s
        for end_s, value in zip(own["end_s"], own["value"], strict=True)
        if reaches(value, request.target, mode)
    ]
    return min(reached, default=math.nan) + request.costs.startup_s


def reaches(value: float, target: float, mode: Literal["min", "max"]) -> bool:
    """Return whether a value is as good as a target."""
    return value >= target if mode == "max" else value <= target
