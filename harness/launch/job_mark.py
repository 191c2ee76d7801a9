"""A mark in the environment of a job's processes, by which its launcher finds them all."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from uuid import uuid4

import psutil

_VARIABLE = "HARNESS_MPI_JOB"


def job_mark() -> dict[str, str]:
    """Return the environment variable that marks the processes of one job."""
    return {_VARIABLE: uuid4().hex}


def kill_marked(mark: dict[str, str], deadline_s: float) -> None:
    """Kill every process on this node that carries `mark`, and wait until they are gone.

    A rank that has not come as far as its first report is found as well.

    Parameters
    ----------
    mark
        From `job_mark`.
    deadline_s
        Seconds after which it gives up.
    """
    deadline = time.monotonic() + deadline_s
    while (left := _marked(mark)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _marked(mark: dict[str, str]) -> list[int]:
    return [process.pid for process in psutil.process_iter() if _carries(process, mark)]


def _carries(process: psutil.Process, mark: dict[str, str]) -> bool:
    try:
        return process.environ().get(_VARIABLE) == mark[_VARIABLE]
    except (psutil.Error, OSError):
        return False  # A zombie, or somebody else's.
