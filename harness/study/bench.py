"""Carries a study out, from its file to the list of what failed."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import Interrupted, RequestError
from harness.launch.environment import inside_mpi_job
from harness.machine.hardware import detect_hardware
from harness.study.blocks import blocks_of, in_blocks
from harness.study.definition import Study, load_study
from harness.study.directory import StudyDirectory, open_study_directory
from harness.study.feasibility import Feasibility
from harness.study.grid import Cell, expand
from harness.study.known_names import check_names_exist
from harness.study.listing import count_states, in_cells, refusal_lines
from harness.study.machine import place
from harness.study.run import StudyFailed, StudyRun, Tally
from harness.study.status import CellStatus, examine
from harness.study.time_left import TimeLeft

Tell = Callable[[str], None]
"""Takes a line for the user."""


@dataclass(frozen=True)
class Bench:
    """A study on this machine.

    Attributes
    ----------
    study
        The study.
    directory
        Its directory.
    statuses
        Where each of the chosen cells stands.
    """

    study: Study
    directory: StudyDirectory
    statuses: list[CellStatus]

    def run(self, tell: Tell) -> None:
        """Run the cells that are not done.

        Raises
        ------
        RequestError
            If none of the cells can run here.
        StudyFailed
            If a cell failed.
        Interrupted
            If the study was told to end.
        """
        if inside_mpi_job(os.environ):
            raise RequestError(
                "A study starts the processes of its cells by itself; start it once, "
                "without mpiexec and with one task."
            )
        refused = [status for status in self.statuses if status.state == "cannot run"]
        if len(refused) == len(self.statuses):
            raise RequestError(_none_can_run(refused))
        self.directory.create(self.study)
        tell(f"study {self.study.name}: {count_states(self.statuses)}; in {self.directory.path}")
        for line in refusal_lines(refused):
            tell(line)
        to_run = in_blocks(self._left(), self.study.name)
        tally = StudyRun(self.directory, to_run, self._durations(), tell).run()
        self._close(tally, to_run, tell)

    def _left(self) -> list[Cell]:
        return [s.cell for s in self.statuses if s.state not in {"done", "cannot run"}]

    def runnable_blocks(self) -> list[list[Cell]]:
        """Return the cells that can run here, seed by seed."""
        cells = [s.cell for s in self.statuses if s.state != "cannot run"]
        return blocks_of(cells, self.study.name)

    def part(self, numbers: Collection[int]) -> Bench:
        """Return the bench of some cells, with where they stand now."""
        chosen = [s for s in self.statuses if s.cell.number in numbers]
        now = [
            replace(s, state=self.directory.state(s.cell)) if s.state != "done" else s
            for s in chosen
        ]
        return replace(self, statuses=now)

    def _durations(self) -> TimeLeft:
        durations = TimeLeft()
        for status in self.statuses:
            summary = self.directory.summary(status.cell)
            if status.state == "done" and summary is not None:
                seconds = (summary.get("runtime_s") or 0.0) + (summary.get("startup_s") or 0.0)
                durations.add(status.cell, seconds)
        return durations

    def _close(self, tally: Tally, to_run: Sequence[Cell], tell: Tell) -> None:
        left = len(to_run) - tally.done
        if tally.interrupted and left:
            raise Interrupted(f"Interrupted; {in_cells(left)} left. The same command goes on.")
        for cell, cause in tally.failures:
            tell(f"failed: cell {cell.number} {cell.name}: {cause}; {self.directory.log(cell)}")
        if tally.failures:
            raise StudyFailed(
                f"{len(tally.failures)} of {in_cells(len(to_run))} failed. "
                "The same command tries them again."
            )
        if tally.elsewhere and len(self.statuses) == 1:
            cell, holder = tally.elsewhere[0]
            raise RequestError(f"Cell {cell.number} is not free: {holder} is at work on it.")
        others = len(tally.elsewhere)
        tell(
            f"study {self.study.name}: {in_cells(tally.done)} done now"
            + (f", {others} in the hands of other processes" if others else "")
        )


def open_bench(
    file: Path,
    out: Path | None,
    machine: dict[str, Any],
    *,
    cell: int | None = None,
    allow_many: bool = False,
) -> Bench:
    """Read a study and see where its cells stand.

    Parameters
    ----------
    file
        The study file.
    out
        The study's directory; by default ``studies/<name>``.
    machine
        The settings of this machine.
    cell
        The one cell to look at; None for all.
    allow_many
        Whether a very large study is meant.

    Raises
    ------
    RequestError
        If the study is wrong, or the directory is another's.
    """
    study = load_study(file)
    cells = expand(study, allow_many)
    check_names_exist(cells)
    chosen = cells if cell is None else [_choose(cells, cell, study)]
    directory = open_study_directory(out or Path("studies") / study.name, study)
    feasibility = Feasibility(detect_hardware(), os.environ)
    placed = [place(each, machine) for each in chosen]
    return Bench(study, directory, examine(placed, directory, feasibility))


def _choose(cells: Sequence[Cell], number: int, study: Study) -> Cell:
    if number >= len(cells):
        raise RequestError(
            f"Study '{study.name}' has cells 0 to {len(cells) - 1}; there is no cell {number}."
        )
    return cells[number]


def _none_can_run(refused: Sequence[CellStatus]) -> str:
    first = refused[0]
    if len(refused) == 1:
        return f"Cell {first.cell.number} ({first.cell.name}) cannot run: {first.detail}"
    return f"None of the {len(refused)} cells can run; the first: {first.detail}"
