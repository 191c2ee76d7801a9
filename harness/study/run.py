"""Runs the cells of a study, one after the other."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from harness.errors import HarnessError
from harness.processes.claim import Claim, Holder, claim
from harness.study.arguments import cell_arguments
from harness.study.cell_process import HARNESS_COMMAND, CellProcess, Exit
from harness.study.directory import StudyDirectory
from harness.study.grid import Cell
from harness.study.status import best_of
from harness.study.time_left import TimeLeft, in_words

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""What ends a study; Slurm can be told to send the last before the wall time is over."""

PATIENCE_S = 2.0
"""A batch system sends several signals at once; somebody who insists waits longer."""

NEWS_S = 60.0
"""Seconds between two lines on how the running cell gets on."""


class StudyFailed(HarnessError):
    """Some cells of a study failed; all others were run."""

    exit_code = 3


@dataclass
class Tally:
    """What became of the cells in one go.

    Attributes
    ----------
    done
        How many were run to their end now.
    failures
        Cell and cause of those that failed now.
    elsewhere
        Cell and holder of those that another process is at work on.
    interrupted
        Whether the study was told to end.
    """

    done: int = 0
    failures: list[tuple[Cell, str]] = field(default_factory=list)
    elsewhere: list[tuple[Cell, Holder]] = field(default_factory=list)
    interrupted: bool = False


class StudyRun:
    """One go at the cells of a study that are not done.

    SIGINT, SIGTERM and SIGUSR1 end it: the running search is interrupted and
    completes its records. An interrupt later than `PATIENCE_S` after that kills it.

    Parameters
    ----------
    directory
        The study's directory.
    cells
        The cells to run.
    durations
        What is known of the durations of cells.
    tell
        Takes lines for the user.
    command
        What runs a cell, before the arguments.
    """

    def __init__(
        self,
        directory: StudyDirectory,
        cells: Sequence[Cell],
        durations: TimeLeft,
        tell: Callable[[str], None],
        command: Sequence[str] = HARNESS_COMMAND,
    ) -> None:
        self._directory = directory
        self._cells = cells
        self._durations = durations
        self._tell = tell
        self._command = command
        self._process: CellProcess | None = None
        self._tally = Tally()
        self._ending_since = 0.0

    def run(self) -> Tally:
        """Run the cells."""
        with self._handled_signals():
            for index, cell in enumerate(self._cells):
                if self._tally.interrupted:
                    break
                claimed = claim(self._directory.lock(cell))
                if isinstance(claimed, Holder):
                    self._tally.elsewhere.append((cell, claimed))
                    self._tell(f"{_title(cell)}: skipped, {claimed} is at work on it")
                    continue
                try:
                    self._run_claimed(index, cell, claimed)
                finally:
                    claimed.release()
        return self._tally

    def _run_claimed(self, index: int, cell: Cell, claimed: Claim) -> None:
        # It may have been finished by the process that held the claim until now.
        if self._directory.recorded_state(cell) == "done":
            self._tally.done += 1
            return
        resumes = self._directory.is_resumable(cell)
        if not resumes:
            self._set_aside(cell)
        left = self._durations.of(self._cells[index:])
        about = "" if left is None else f", about {in_words(left)} left"
        verb = "goes on" if resumes else "begins"
        self._tell(f"{_title(cell)}: {verb} ({index + 1} of {len(self._cells)}{about})")
        arguments = cell_arguments(cell, self._directory)
        self._process = CellProcess([*self._command, *arguments], self._directory.log(cell))
        if self._tally.interrupted:
            # The signal came before there was a process to pass it to.
            self._process.interrupt()
        ended = self._process.wait(self._while_running(claimed, self._process))
        self._process = None
        self._book(cell, ended)
        if resumes and ended.code != 0 and not self._tally.interrupted:
            # What cannot be resumed now is not tried for ever.
            self._set_aside(cell)

    def _set_aside(self, cell: Cell) -> None:
        aside = self._directory.set_aside(cell)
        if aside is not None:
            self._tell(f"{_title(cell)}: earlier records are in {aside}")

    def _book(self, cell: Cell, ended: Exit) -> None:
        state = self._directory.recorded_state(cell)
        duration = in_words(ended.seconds)
        if state == "done":
            self._durations.add(cell, ended.seconds)
            self._tally.done += 1
            best = best_of(self._directory.summary(cell) or {})
            self._tell(f"{_title(cell)}: done in {duration}, {best}")
        elif self._tally.interrupted:
            self._tell(f"{_title(cell)}: interrupted after {duration}")
        else:
            self._tally.failures.append((cell, ended.cause()))
            self._tell(f"{_title(cell)}: FAILED after {duration}: {ended.cause()}")

    def _while_running(self, claimed: Claim, process: CellProcess) -> Callable[[], None]:
        next_news = time.monotonic() + NEWS_S

        def renew_and_tell() -> None:
            nonlocal next_news
            claimed.renew()
            if time.monotonic() >= next_news:
                next_news += NEWS_S
                self._tell(f"  {process.last_line()}")

        return renew_and_tell

    @contextmanager
    def _handled_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._end) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._tally.interrupted:
            self._tally.interrupted, self._ending_since = True, now
            if self._process is not None:
                self._process.interrupt()
            return
        insists = number == signal.SIGINT and now > self._ending_since + PATIENCE_S
        if insists and self._process is not None:
            self._process.kill()


def _title(cell: Cell) -> str:
    return f"cell {cell.number} {cell.name}"
