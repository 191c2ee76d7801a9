"""Where each cell of a study stands, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from harness.study.directory import State, StudyDirectory
from harness.study.feasibility import Feasibility
from harness.study.grid import Cell
from harness.study.time_left import in_words


@dataclass(frozen=True)
class CellStatus:
    """Where a cell stands.

    Attributes
    ----------
    cell
        The cell.
    state
        Where it stands; ``cannot run`` if it would be refused here.
    detail
        A result, a cause, or nothing.
    """

    cell: Cell
    state: State | Literal["cannot run"]
    detail: str

    def to_plain(self, directory: StudyDirectory) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        return {
            "cell": self.cell.number,
            "name": self.cell.name,
            "directory": str(directory.run(self.cell)),
            "state": self.state,
            "detail": self.detail,
            "settings": self.cell.settings,
        }


def examine(
    cells: Iterable[Cell], directory: StudyDirectory, feasibility: Feasibility
) -> list[CellStatus]:
    """Return where each of `cells` stands."""
    return [_examine(cell, directory, feasibility) for cell in cells]


def _examine(cell: Cell, directory: StudyDirectory, feasibility: Feasibility) -> CellStatus:
    state = directory.state(cell)
    if state == "done":
        return CellStatus(cell, state, _result(directory.summary(cell) or {}))
    if state == "running":
        return CellStatus(cell, state, str(directory.holder(cell) or ""))
    refusal = feasibility.refusal(cell.config)
    if refusal is not None:
        return CellStatus(cell, "cannot run", refusal)
    error = (directory.summary(cell) or {}).get("first_error") if state == "failed" else None
    return CellStatus(cell, state, error or "")


def _result(summary: dict[str, Any]) -> str:
    return f"{best_of(summary)} in {in_words(summary['runtime_s'])}"


def best_of(summary: dict[str, Any]) -> str:
    """Return a finished run's best validation value in words."""
    return f"best {summary['metric']} {summary['best_value']:.4g}"
