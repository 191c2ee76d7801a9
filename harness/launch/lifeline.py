"""Ties the ranks of a job to their launcher and to one another, in life and death."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from harness.errors import HarnessError, RequestError, describe_error
from harness.launch.rank_report import (
    RankFailure,
    find_failure,
    read_reports,
    report_of_lost_rank,
    report_of_this_process,
    write_report,
)
from harness.processes.parent import die_with_parent

PARTING_S = 15.0
"""How long a rank that has lost another waits for its job to end, before it ends by itself."""

_run_directory: Path | None = None
_abort_job: Callable[[int], None] | None = None
_wait_for_all: Callable[[], None] | None = None


def end_job_through(abort: Callable[[int], None], wait_for_all: Callable[[], None]) -> None:
    """Say how a rank ends the job, and how it waits for the others at a good end.

    A process is a rank of one MPI job at most, so this is kept for the process.
    """
    global _abort_job, _wait_for_all
    _abort_job, _wait_for_all = abort, wait_for_all


def end_without(lost_rank: int, host: str, rank: int) -> None:
    """End the job, from a thread of one of its ranks, because another does not answer.

    Rank 0 gets the time to finish the records, if this is rank 0.

    Parameters
    ----------
    lost_rank, host
        Who does not answer, and where it ran.
    rank
        This process' rank.
    """
    if _run_directory is not None:
        write_report(report_of_lost_rank(lost_rank, host), _run_directory)
        print(
            f"{first_failure(_run_directory)} To go on: harness resume {_run_directory}",
            file=sys.stderr,
            flush=True,
        )
        if rank == 0:
            os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PARTING_S)
    # The launcher may wait for the lost node for ever, and with it MPI's own abort.
    os._exit(1)


def end_unheard(rank: int, waited_s: float) -> None:
    """End the job, from a thread of one of its ranks, because rank 0 was not heard of.

    Parameters
    ----------
    rank
        This process' rank.
    waited_s
        How long it has waited.
    """
    cause = (
        f"{socket.gethostname()} has heard nothing from rank 0 for {waited_s:.0f} s, though MPI "
        "has started: the nodes' MPI does not reach from one to the other. Open MPI takes another "
        "network by OMPI_MCA_btl_tcp_if_include"
    )
    if _run_directory is not None:
        report = report_of_this_process(rank).ended("failed", RequestError.exit_code, cause)
        write_report(report, _run_directory)
    print(RankFailure(rank, f"failed: {cause}"), file=sys.stderr, flush=True)
    # MPI's own abort would need the same network.
    os._exit(RequestError.exit_code)


@contextmanager
def guarded_rank(run_directory: Path, rank: int) -> Iterator[None]:
    """Run as a rank: report how it goes, and end all ranks if this one fails.

    A rank that is told to end does so at once; on rank 0 a `KeyboardInterrupt`
    is raised first, so that it can finish the records.

    Parameters
    ----------
    run_directory
        Where reports go.
    rank
        This process' rank.
    """
    global _run_directory
    if not run_directory.is_dir():
        # The run exists where it was begun.
        print(
            RankFailure(rank, f"failed: {not_shared(socket.gethostname(), run_directory)}"),
            file=sys.stderr,
        )
        sys.stderr.flush()
        os._exit(RequestError.exit_code)
    _run_directory = run_directory
    die_with_parent()
    report = report_of_this_process(rank)
    write_report(report, run_directory)
    told_to_end: list[int] = []

    def terminate(number: int, frame: FrameType | None) -> None:
        told_to_end.append(number)
        write_report(report.ended("terminated", 128 + number), run_directory)
        if rank == 0 and len(told_to_end) == 1:
            # The launcher leaves little time: say first why it ends.
            failure = first_failure(run_directory)
            if failure is not None:
                print(failure, file=sys.stderr, flush=True)
            raise KeyboardInterrupt
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, terminate)
    try:
        yield
        if _wait_for_all is not None:
            # MPI's own finalisation waits, too, but keeps a core busy.
            _wait_for_all()
    except BaseException as error:
        exit_code = error.exit_code if isinstance(error, HarnessError) else 1
        if not told_to_end:
            _tell(rank, error)
            write_report(report.ended("failed", exit_code, describe_error(error)), run_directory)
        end_job(exit_code)
    write_report(report.ended("done", 0), run_directory)


def not_shared(host: str, directory: Path) -> str:
    """Say that a host does not see what the others see."""
    return (
        f"{host} does not see the run directory {directory}: it must lie on a "
        "file system that all nodes share. Choose another one with --out"
    )


def first_failure(run_directory: Path) -> RankFailure | None:
    """Return why a job ends, as far as a rank of it can know."""
    reports = read_reports(run_directory)
    vanished = [report.rank for report in reports if report.vanished()]
    return find_failure(reports, vanished, exit_code=0)


def _tell(rank: int, error: BaseException) -> None:
    if not isinstance(error, HarnessError):
        traceback.print_exception(error)
    print(RankFailure(rank, f"failed: {describe_error(error)}"), file=sys.stderr, flush=True)


def end_job(exit_code: int) -> None:
    """End this process, and with it every rank of its job."""
    if _abort_job is not None:
        _abort_job(exit_code)
    # A rank that leaves without MPI's finalisation ends its job as well.
    os._exit(exit_code)
