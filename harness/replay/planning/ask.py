"""From the words of a command to a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.config import apply_settings
from harness.errors import RequestError
from harness.replay.ask import COSTS, costs_of, table_asked_for
from harness.replay.planning.answers import answers_of
from harness.replay.planning.cautions import of_workers
from harness.replay.planning.cells import PlanRequest, replay_cells
from harness.replay.planning.checks import check_plan, make_folder
from harness.replay.planning.page import write_plan
from harness.replay.planning.parsing import parse_counts, parse_searches
from harness.replay.planning.sentences import sentences
from harness.replay.table_file import read_rows, read_table


def plan_as_asked(
    table: Path | None,
    searches: Sequence[str],
    workers: str,
    ranks: str,
    trials: int,
    seeds: int,
    target: float | None,
    precisions: Sequence[str],
    settings: Iterable[str],
    out: Path,
    tell: Callable[[str], None],
) -> tuple[Path, list[str]]:
    """Make the plan that a command asks for; return its page and its answers in words.

    Raises
    ------
    RequestError
        If the request is wrong; nothing has been written then.
    """
    values: dict[str, Any] = {}
    apply_settings(values, settings)
    costs = costs_of(values.pop(COSTS, {}))
    if values:
        raise RequestError(f"A plan takes costs only: --set costs.…; got '{next(iter(values))}'.")
    file = table_asked_for(table)
    first = read_table(file, precisions[0] if precisions else None)
    known = precisions or sorted(read_rows(file)["precision"].unique())
    tables = {name: read_table(file, str(name), ranks=first.ranks) for name in known}
    request = PlanRequest(
        file,
        tables,
        parse_searches(searches),
        parse_counts(workers, "--workers"),
        parse_counts(ranks, "--ranks-per-trial"),
        trials,
        seeds,
        target,
        costs,
    )
    check_plan(request)
    make_folder(out)
    for line in of_workers(request):
        tell(line)
    rows = replay_cells(request, tell)
    answers = answers_of(rows, target is not None)
    return write_plan(request, answers, rows, out), sentences(request, answers)
