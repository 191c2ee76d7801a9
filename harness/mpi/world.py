"""The ranks of an MPI job, as the world of a search."""

from __future__ import annotations

import os
import pickle
from typing import Any

import numpy as np

from harness.errors import RequestError
from harness.mpi.environment import size_of
from harness.mpi.lifeline import end_job_through
from harness.mpi.waiting import wait_asleep


class MpiWorld:
    """The ranks of a communicator. Ranks that wait for one another sleep.

    Parameters
    ----------
    comm
        A communicator of mpi4py.

    Raises
    ------
    RequestError
        If the ranks that were started together do not know of one another.
    """

    def __init__(self, comm: Any) -> None:
        started = size_of(os.environ)
        if comm.size == 1 and started > 1:
            raise RequestError(
                f"{started} ranks were started, but each is alone: use the mpiexec of the MPI that "
                "mpi4py loads (see HARNESS_MPIEXEC), or srun --mpi=pmix."
            )
        self.comm = comm
        end_job_through(comm.Abort, self.barrier)

    @classmethod
    def part(cls, comm: Any) -> MpiWorld:
        """Return the world of some of the ranks; the job's end still waits for all."""
        world = cls.__new__(cls)
        world.comm = comm
        return world

    @property
    def rank(self) -> int:
        """This process' number; 0 is the root."""
        return int(self.comm.rank)

    @property
    def size(self) -> int:
        """How many ranks there are."""
        return int(self.comm.size)

    def broadcast(self, value: Any) -> Any:
        """Return the root's `value`, which can be pickled, on every rank."""
        content = np.frombuffer(pickle.dumps(value if self.rank == 0 else None), dtype=np.uint8)
        length = np.array([content.size], dtype=np.int64)
        wait_asleep(self.comm.Ibcast(length, root=0).Test)
        if self.rank != 0:
            content = np.empty(int(length[0]), dtype=np.uint8)
        content = np.ascontiguousarray(content)
        wait_asleep(self.comm.Ibcast(content, root=0).Test)
        return value if self.rank == 0 else pickle.loads(content.tobytes())

    def barrier(self) -> None:
        """Wait, asleep, until every rank is here."""
        wait_asleep(self.comm.Ibarrier().Test)

    def abort(self, exit_code: int) -> None:
        """End every rank of the job at once."""
        self.comm.Abort(exit_code)
