"""Runs prepared searches one after the other: ``python -m harness.testing.batch DIR``.

Imports take longer than small searches, so many share a process, or the ranks of one job.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from harness.launch.environment import inside_mpi_job, rank_of
from harness.launch.lifeline import guarded_rank

LIST = "searches"
"""The file in the batch's directory that names a run directory on each line."""


def main(directory: Path) -> None:
    """Take part in every search of the list."""
    guard: AbstractContextManager[None] = nullcontext()
    if inside_mpi_job(os.environ):
        guard = guarded_rank(directory, rank_of(os.environ))
    with guard:
        from harness.search.execution import run_rank

        for line in (directory / LIST).read_text(encoding="utf-8").splitlines():
            run_rank(Path(line))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
