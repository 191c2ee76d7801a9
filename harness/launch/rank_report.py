"""What each rank of an MPI job says about its own life, in ``ranks/<rank>.json``."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness.processes.claim import Holder
from harness.records.directory import write_json

State = Literal["running", "done", "failed", "terminated", "lost"]


@dataclass(frozen=True)
class RankReport:
    """One rank's report.

    Attributes
    ----------
    rank
        The rank.
    pid, host, created, numbered_by
        Its process, as in `Holder`.
    state
        ``running`` until the rank itself says otherwise; ``terminated`` when
        it was told to end, ``lost`` when another rank found it cut off.
    time
        Unix time of the last change.
    exit_code
        What it ended with.
    error
        One line on why it failed.
    """

    rank: int
    pid: int
    host: str
    created: float
    numbered_by: str = ""
    state: State = "running"
    time: float = 0.0
    exit_code: int = 0
    error: str | None = None

    def is_alive_here(self) -> bool:
        """Whether its process is alive on this host."""
        return self._holder.is_alive_here()

    @property
    def is_of_this_host(self) -> bool:
        """Whether its process runs, or ran, beside this one."""
        return self._holder.is_here

    def vanished(self) -> bool:
        """Whether its process ended on this host without a word."""
        silent = self.state == "running" and self._holder.is_here
        return silent and not self.is_alive_here()

    @property
    def _holder(self) -> Holder:
        return Holder(self.host, self.pid, self.created, self.numbered_by)

    def ended(self, state: State, exit_code: int, error: str | None = None) -> RankReport:
        """Return the report of the rank's end."""
        return replace(self, state=state, time=time.time(), exit_code=exit_code, error=error)


def report_of_this_process(rank: int) -> RankReport:
    """Return the first report of a rank that runs in this process."""
    return RankReport(rank, **asdict(Holder.this_process()), time=time.time())


def report_of_lost_rank(rank: int, host: str) -> RankReport:
    """Return the report that another rank gives of one that does not answer any longer."""
    error = f"{host} does not answer; it has died, or is cut off from the other nodes"
    return RankReport(rank, 0, host, 0.0).ended("lost", 1, error)


def reports_directory(run_directory: Path) -> Path:
    """Return where the reports of a run's ranks are."""
    return run_directory / "ranks"


def write_report(report: RankReport, run_directory: Path) -> None:
    """Write a rank's report over its last one."""
    directory = reports_directory(run_directory)
    directory.mkdir(exist_ok=True)
    write_json(directory / f"{report.rank}.json", asdict(report))


def read_report(rank: int, run_directory: Path) -> RankReport | None:
    """Return a rank's last report, or None if there is none."""
    try:
        text = (reports_directory(run_directory) / f"{rank}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return RankReport(**json.loads(text))


def read_reports(run_directory: Path) -> list[RankReport]:
    """Return the reports that there are, by rank."""
    reports = []
    for path in reports_directory(run_directory).glob("*.json"):
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        reports.append(RankReport(**values))
    return sorted(reports, key=lambda report: report.rank)


@dataclass(frozen=True)
class RankFailure:
    """Why an MPI job ended early.

    Attributes
    ----------
    rank
        The rank that began it; None if no rank did, or none is known.
    cause
        What happened, as the end of a sentence.
    exit_code
        What the job's command should end with.
    killed
        Whether a process died, and nothing says that it would die again.
    """

    rank: int | None
    cause: str
    exit_code: int = 1
    killed: bool = False

    @property
    def is_unexplained(self) -> bool:
        """Whether the launcher may know better why: MPI itself failed, or no rank says so."""
        return self.rank is None or "MPI_ERR" in self.cause

    def __str__(self) -> str:
        """Return one sentence."""
        who = "The MPI job" if self.rank is None else f"Rank {self.rank}"
        return f"{who} {self.cause.rstrip('.')}."


def find_failure(
    reports: Sequence[RankReport], vanished: Sequence[int], exit_code: int
) -> RankFailure | None:
    """Find the rank whose end ended the job.

    Parameters
    ----------
    reports
        The last reports of all ranks.
    vanished
        Ranks whose processes ended without a word, in the order seen.
    exit_code
        What the job's ``mpiexec`` ended with. Above 128 it names the signal
        that killed a rank, below 0 the one that killed ``mpiexec``.

    Returns
    -------
    RankFailure or None
        None if the job ended well.
    """
    lost = next((r for r in reports if r.state == "lost"), None)
    if lost is not None:
        # The same nodes would be lost again, so it is not as if a process had been killed.
        return RankFailure(lost.rank, f"was lost: {lost.error}")
    failed = sorted((r for r in reports if r.state == "failed"), key=lambda r: r.time)
    if failed:
        first = failed[0]
        return RankFailure(first.rank, f"failed: {first.error}", first.exit_code)
    if exit_code < 0 and not vanished:
        cause = f"ended: its mpiexec was killed{_by_signal(128 - exit_code)}"
        return RankFailure(None, cause, killed=True)
    silent = [r.rank for r in reports if r.state == "running"]
    first_silent = next((rank for rank in vanished if rank in silent), None)
    if first_silent is None and silent and exit_code != 0:
        first_silent = silent[0]
    if first_silent is not None:
        return RankFailure(first_silent, f"was killed{_by_signal(exit_code)}", killed=True)
    if exit_code != 0:
        return RankFailure(None, f"ended with code {exit_code}")
    return None


def _by_signal(exit_code: int) -> str:
    try:
        return f" by {signal.Signals(exit_code - 128).name}"
    except ValueError:
        return ""
