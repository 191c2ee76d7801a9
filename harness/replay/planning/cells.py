"""The cells of a plan: an engine, an algorithm, workers and ranks a trial, replayed many times."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pandas as pd

from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay.costs import ReplayCosts
from harness.replay.many import replay_seeds
from harness.replay.table import TrainingTable


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
    for precision in request.tables:
        for backend, algo in request.searches:
            for ranks in request.ranks:
                for workers in request.workers:
                    if workers <= request.trials:
                        yield Cell(backend, algo, precision, workers, ranks)


def check_target(request: PlanRequest) -> None:
    """Check that some recorded training reaches the target.

    Raises
    ------
    RequestError
        If none does.
    """
    if request.target is None:
        return
    curves = [t.curve.values for table in request.tables.values() for t in table.trainings]
    about = next(iter(request.tables.values())).about
    best = (np.nanmax if about.mode == "max" else np.nanmin)(curves)
    if not _reaches(float(best), request.target, about.mode):
        raise RequestError(
            f"No recorded training reaches the target {request.target:g}; the best "
            f"{about.metric} is {best:g}."
        )


def replay_cells(request: PlanRequest, tell: Callable[[str], None]) -> pd.DataFrame:
    """Replay every cell, and return one row a search.

    Columns are those of `Cell`, ``seed``, ``runtime_s``, ``worker_hours``,
    ``device_hours``, ``best_value``, ``target_s`` (NaN where the target is not
    reached) and ``epochs``.
    """
    rows: list[dict[str, Any]] = []
    cells = list(cells_of(request))
    for number, cell in enumerate(cells):
        tell(
            f"{cell.backend} {cell.algo} in {cell.precision}, {cell.workers} workers of "
            f"{cell.ranks} ranks ({number + 1} of {len(cells)})"
        )
        with TemporaryDirectory() as folder:
            rows += _rows(request, cell, Path(folder) / "replays")
    return pd.DataFrame(rows)


def _rows(request: PlanRequest, cell: Cell, folder: Path) -> list[dict[str, Any]]:
    table = request.tables[cell.precision]
    config = RunConfig(
        backend=cell.backend,
        algo=cell.algo,
        workers=cell.workers,
        trials=request.trials,
        ranks_per_trial=cell.ranks,
    )
    seeds = list(range(request.seeds))
    summaries = replay_seeds(
        config, table, request.file, seeds, request.costs, folder, lambda line: None
    )
    paths = sorted(folder.iterdir())
    return [
        {
            **vars(cell),
            "seed": summary["seed"],
            "runtime_s": summary["runtime_s"] + request.costs.startup_s,
            "worker_hours": _hours(summary, request, 1),
            "device_hours": _hours(summary, request, cell.ranks),
            "best_value": summary["best_value"],
            "target_s": _target_s(path, request, table.about.mode),
            "epochs": summary["epochs"],
            "values": summary["replay"]["values"],
        }
        for summary, path in zip(summaries, paths, strict=True)
    ]


def _hours(summary: dict[str, Any], request: PlanRequest, ranks: int) -> float:
    seconds = float(summary["runtime_s"]) + request.costs.startup_s
    return seconds * int(summary["workers"]) * ranks / 3600


def _target_s(path: Path, request: PlanRequest, mode: Literal["min", "max"]) -> float:
    if request.target is None:
        return math.nan
    epochs = pd.read_parquet(path / "epochs.parquet", columns=["end_s", "value"])
    reached = [
        end_s
        for end_s, value in zip(epochs["end_s"], epochs["value"], strict=True)
        if _reaches(value, request.target, mode)
    ]
    return min(reached, default=math.nan) + request.costs.startup_s


def _reaches(value: float, target: float, mode: Literal["min", "max"]) -> bool:
    return value >= target if mode == "max" else value <= target


def parse_searches(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return engine and algorithm of texts like ``deephyper:asha``.

    Raises
    ------
    RequestError
        If one is not of that form.
    """
    found = []
    for text in texts:
        backend, colon, algo = text.rpartition(":")
        if not colon or not backend or not algo:
            raise RequestError(f"--search wants ENGINE:ALGORITHM, as in ray:asha; got '{text}'.")
        found.append((backend, algo))
    return tuple(dict.fromkeys(found))


def parse_counts(text: str, option: str) -> tuple[int, ...]:
    """Return the numbers of a text like ``1,2,4``.

    Raises
    ------
    RequestError
        If it is no list of numbers above 0.
    """
    try:
        counts = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise RequestError(f"{option} wants numbers like 1,2,4; got '{text}'.")
    return counts
