"""Prints the cells of a study: as a table, as JSON, or as the commands they are."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.study.arguments import cell_arguments
from harness.study.directory import StudyDirectory
from harness.study.status import CellStatus

_STYLES = {"done": "green", "failed": "red", "running": "cyan", "cannot run": "yellow"}


def print_table(statuses: Sequence[CellStatus], title: str, console: Console) -> None:
    """Print each cell with its number and its state; below, why some cannot run."""
    table = Table(title=title, title_justify="left")
    table.add_column("cell", justify="right")
    table.add_column("run", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("result", overflow="fold")
    for status in statuses:
        refused = status.state == "cannot run"
        table.add_row(
            str(status.cell.number),
            status.cell.name,
            Text(status.state, _STYLES.get(status.state, "")),
            "see below" if refused else escape(status.detail),
        )
    console.print(table)
    for line in refusal_lines(statuses):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(count_states(statuses), highlight=False)


def refusal_lines(statuses: Sequence[CellStatus]) -> list[str]:
    """Return why cells cannot run, one line for each reason."""
    refusals: dict[str, list[int]] = {}
    for status in statuses:
        if status.state == "cannot run":
            refusals.setdefault(status.detail, []).append(status.cell.number)
    return [f"cannot run: {in_ranges(cells)}: {reason}" for reason, cells in refusals.items()]


def in_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as text, as in ``0-3, 7``."""
    parts: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        ends = [number for _, number in run]
        parts.append(str(ends[0]) if len(ends) == 1 else f"{ends[0]}-{ends[-1]}")
    return ", ".join(parts)


def count_states(statuses: Sequence[CellStatus]) -> str:
    """Return how many cells are in which state, in one line."""
    counts = Counter(status.state for status in statuses)
    parts = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"{in_cells(len(statuses))}: {parts}"


def in_cells(count: int) -> str:
    """Return a number of cells with its noun."""
    return "1 cell" if count == 1 else f"{count} cells"


def as_json(statuses: Sequence[CellStatus], directory: StudyDirectory) -> str:
    """Return the cells as a JSON list."""
    return json.dumps([status.to_plain(directory) for status in statuses], indent=2)


def print_commands(statuses: Sequence[CellStatus], directory: StudyDirectory) -> None:
    """Print the command of each cell that is still to run."""
    for status in statuses:
        if status.state in {"done", "running", "cannot run"}:
            continue
        print(shlex.join(["harness", *cell_arguments(status.cell, directory)]))
