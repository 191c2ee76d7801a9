"""Launches the ranks of a search, watches over them, and leaves none behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

from harness.launch.job_mark import job_mark, kill_marked
from harness.launch.job_memory import job_memory
from harness.launch.launcher_words import cause_in, last_words
from harness.launch.mpiexec import find_mpiexec, launch_command, stays_on_this_node
from harness.launch.rank_report import (
    RankFailure,
    RankReport,
    find_failure,
    read_reports,
    reports_directory,
)
from harness.processes.parent import die_with_parent

RANK_COMMAND = (sys.executable, "-m", "harness.search.rank")
"""What each rank runs; the run directory is its argument."""

_TOLD_CODES = (2, 3)
"""With which a rank says that the request is wrong, or that no trial succeeded."""

GRACE_S = 5.0
"""How long a job may take to end by itself once one of its ranks has."""


@dataclass(frozen=True)
class LaunchOutcome:
    """How a launched job ended.

    Attributes
    ----------
    exit_code
        What ``mpiexec`` ended with.
    interrupted
        Whether this process was told to end the job.
    failure
        Why the job failed; None if it did not, or was interrupted.
    log
        What the ranks printed.
    """

    exit_code: int
    interrupted: bool
    failure: RankFailure | None
    log: Path


def launch(
    directory: Path,
    ranks: int,
    *,
    threads: int = 1,
    while_waiting: Callable[[], None] | None = None,
    poll_s: float = 0.2,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = RANK_COMMAND,
) -> LaunchOutcome:
    """Run a prepared search in ranks of its own, until all have ended.

    An interrupt (SIGINT), a termination (SIGTERM) or a batch system's warning
    (SIGUSR1) of this process ends the job. Whatever happens, no rank on this
    node is left when it returns.

    Parameters
    ----------
    directory
        The run directory.
    ranks
        How many ranks.
    threads
        OpenMP threads of a rank.
    while_waiting
        Called every `poll_s` seconds, to show the progress.
    poll_s
        Seconds between two looks at the ranks.
    environ
        The environment to start from; this process' own by default.
    command
        What each rank runs, before its argument.

    Raises
    ------
    RequestError
        If there is no ``mpiexec``.
    """
    environ = os.environ if environ is None else environ
    mark, mpiexec_words = job_mark(), find_mpiexec(environ)
    one_node = stays_on_this_node(mpiexec_words, environ)
    environ = {**environ, **mark, "OMP_NUM_THREADS": str(threads)}
    line, child_environ = launch_command(
        mpiexec_words, ranks, [*command, str(directory.resolve())], environ
    )
    shutil.rmtree(reports_directory(directory), ignore_errors=True)
    reports_directory(directory).mkdir(parents=True)
    log = reports_directory(directory) / "output.log"
    with job_memory(directory, child_environ, one_node) as memory:
        with log.open("wb") as output:
            mpiexec = subprocess.Popen(
                line,
                env={**child_environ, **memory},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own group: a terminal's interrupt comes to this process alone.
                start_new_session=True,
                # Killed outright, it would leave its shared memory behind.
                preexec_fn=partial(die_with_parent, signal.SIGTERM),
            )
        job = _Job(mpiexec, directory, mark)
        try:
            with _forwarded_signals(job):
                job.wait(while_waiting or _nothing, poll_s)
        finally:
            job.kill()
    return job.outcome(log)


class _Job:
    """A running ``mpiexec`` and its ranks."""

    def __init__(
        self, mpiexec: subprocess.Popen[bytes], directory: Path, mark: dict[str, str]
    ) -> None:
        self._mpiexec = mpiexec
        self._directory = directory
        self._mark = mark
        self._vanished: list[int] = []
        self._ending_since: float | None = None
        self._interrupted = False

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """End the job; a signal handler."""
        self._interrupted = True
        with suppress(ProcessLookupError):
            self._mpiexec.send_signal(signal.SIGTERM)

    def wait(self, while_waiting: Callable[[], None], poll_s: float) -> None:
        """Wait until the job is over, or has not ended in spite of a lost rank."""
        while not self._is_over(poll_s):
            while_waiting()
            self._note_ended_ranks()
            if self._is_overdue():
                return

    def kill(self) -> None:
        """Kill what is left of the job on this node."""
        if self._mpiexec.poll() is None:
            self._signal_group(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._mpiexec.wait(2.0)
            self._signal_group(signal.SIGKILL)
            self._mpiexec.wait()
        kill_marked(self._mark, GRACE_S)

    def outcome(self, log: Path) -> LaunchOutcome:
        """Return how the job ended; call it when it is over."""
        exit_code = self._mpiexec.returncode
        if exit_code >= 0:
            self._note_ended_ranks()
        failure = find_failure(read_reports(self._directory), self._vanished, exit_code)
        if failure is not None and exit_code > 0:
            failure = _explained(
                failure, exit_code, log.read_text(encoding="utf-8", errors="replace")
            )
        return LaunchOutcome(
            exit_code, self._interrupted, None if self._interrupted else failure, log
        )

    def _is_over(self, timeout: float) -> bool:
        try:
            self._mpiexec.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _note_ended_ranks(self) -> None:
        reports = read_reports(self._directory)
        gone = [r.rank for r in reports if r.vanished() and r.rank not in self._vanished]
        self._vanished += gone
        if self._ending_since is None and (self._interrupted or _any_ended(reports, gone)):
            self._ending_since = time.monotonic()

    def _is_overdue(self) -> bool:
        return self._ending_since is not None and time.monotonic() > self._ending_since + GRACE_S

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._mpiexec.pid, number)


@contextmanager
def _forwarded_signals(job: _Job) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    before = {number: signal.signal(number, job.interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _any_ended(reports: Sequence[RankReport], vanished: Sequence[int]) -> bool:
    return bool(vanished) or any(r.state in {"failed", "terminated", "lost"} for r in reports)


def _explained(failure: RankFailure, exit_code: int, said: str) -> RankFailure:
    """Add what only the ranks' and the launcher's output tells."""
    words = last_words(said)
    if words is not None and (failure.killed or failure.rank is None):
        # A rank that sees no run directory cannot report there.
        cause = f"ended: {words}"
        return RankFailure(None, cause, exit_code if exit_code in _TOLD_CODES else 1)
    if failure.is_unexplained:
        return replace(failure, cause=f"{failure.cause}: {cause_in(said)}")
    return failure


def _nothing() -> None:
    return None
