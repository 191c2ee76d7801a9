"""What is wrong with a plan is said before its first replay."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

from harness.errors import RequestError
from harness.replay.origins import Origins
from harness.replay.place import check_folder
from harness.replay.planning.cells import PlanRequest, cells_of, config_of, reaches
from harness.replay.planning.recorded import best_of
from harness.replay.request import resolve_replay


def check_plan(request: PlanRequest) -> None:
    """Check all that a plan asks for.

    Raises
    ------
    RequestError
        If a part of it cannot be replayed, or no training can answer it.
    """
    if not list(cells_of(request)):
        raise RequestError(
            f"All cells have more workers than the {request.trials} trials of a search."
        )
    _check_values(request)
    _check_target(request)
    _check_searches(request)


def make_folder(out: Path) -> None:
    """Make the folder that a plan is written to, before minutes are spent on the plan.

    Raises
    ------
    RequestError
        If it holds other files or cannot be written.
    """
    check_folder(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"The output '{out}' cannot be written: {error.strerror}.") from None


def _check_values(request: PlanRequest) -> None:
    for table in request.tables.values():
        if any(training.curve.whole_epochs for training in table.trainings):
            return
    raise RequestError(
        f"Every training of the table '{request.file}' fails in its first epoch, so no search has "
        "a value; give another --table."
    )


def _check_target(request: PlanRequest) -> None:
    if request.target is None:
        return
    if not math.isfinite(request.target):
        raise RequestError(f"--target wants a number; got '{request.target}'.")
    about = next(iter(request.tables.values())).about
    best = (max if about.mode == "max" else min)(
        value for value in map(best_of, request.tables.values()) if not math.isnan(value)
    )
    if not reaches(best, request.target, about.mode):
        raise RequestError(
            f"No recorded training reaches the target {request.target:g}; the best "
            f"{about.metric} is {best:g}."
        )


def _check_searches(request: PlanRequest) -> None:
    """Resolve every cell, and the trainings of each algorithm, as its replays do."""
    for precision, cells in groupby(cells_of(request), lambda cell: cell.precision):
        table = request.tables[precision]
        origins = Origins(table, request.file)
        seen: set[tuple[str, str]] = set()
        for cell in cells:
            config = config_of(request, cell).model_copy(update={"seed": 0})
            resolved = resolve_replay(config, table, request.costs)
            if (cell.backend, cell.algo) not in seen:
                seen.add((cell.backend, cell.algo))
                origins.of(resolved)
