"""The ranks of an MPI job, as the world of a search."""

from __future__ import annotations

import json
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from harness.coordination.client import SharedCells
from harness.coordination.process import ServiceProcess
from harness.errors import RequestError
from harness.launch.environment import size_of
from harness.launch.lifeline import end_job_through, end_unheard, end_without
from harness.mpi.waiting import wait_asleep

HEARD_S = 45.0
"""How long rank 0 may not be heard of once MPI has started on all ranks."""


class MpiWorld:
    """The ranks of a communicator. Ranks that wait for one another sleep.

    What they share while they train is in `cells`, with a process that trains nothing. MPI's
    own shared windows make no progress over a network while their owner trains. `clock` shows
    the same time on all of them.

    Parameters
    ----------
    comm
        A communicator of mpi4py, of all ranks of the job.

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
        self.cells = _cells_of_process(self)
        self.clock = self.cells.clock()

    def part(self, comm: Any) -> MpiWorld:
        """Return the world of some of the ranks; the job's end still waits for all."""
        world = MpiWorld.__new__(MpiWorld)
        world.comm, world.cells, world.clock = comm, self.cells, self.clock
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

    def gather(self, value: Any) -> list[Any]:
        """Return every rank's `value`, which JSON can hold, by rank; collective."""
        cell = self.share(b"")
        line = json.dumps([self.rank, value]).encode() + b"\n"
        self.cells.append(cell, line)
        self.barrier()
        lines = self.cells.append(cell, b"").splitlines()
        self.unshare(cell)
        return [given for _rank, given in sorted(map(json.loads, lines), key=itemgetter(0))]

    def share(self, content: bytes) -> int:
        """Return the number of a new cell that holds the root's `content`; collective."""
        return int(self.broadcast(self.cells.create(content) if self.rank == 0 else None))

    def unshare(self, cell: int) -> None:
        """Give a cell back once no rank uses it any longer; collective."""
        self.barrier()
        if self.rank == 0:
            self.cells.drop(cell)

    def barrier(self) -> None:
        """Wait, asleep, until every rank is here."""
        wait_asleep(self.comm.Ibarrier().Test)

    def abort(self, exit_code: int) -> None:
        """End every rank of the job at once."""
        self.comm.Abort(exit_code)


_cells: SharedCells | None = None
_service: ServiceProcess | None = None


def _cells_of_process(world: MpiWorld) -> SharedCells:
    """Return what all ranks of the job share; collective."""
    # They live as long as this process, which is a rank of one job at most.
    global _cells, _service
    if _cells is not None:
        return _cells
    if world.rank == 0:
        _service = ServiceProcess()
    with ended_if_unheard(_patience_s(world.size), partial(end_unheard, world.rank)):
        invitation = world.broadcast(_service and _service.invitation)
    try:
        _cells = SharedCells(invitation)
    except OSError as error:
        raise RequestError(
            f"Rank {world.rank} on {socket.gethostname()} cannot reach rank 0 on "
            f"{invitation.place}: {error}. All nodes of a search must reach one another."
        ) from error
    _watch_the_others(_cells, world.rank)
    return _cells


@contextmanager
def ended_if_unheard(patience_s: float, end: Callable[[float], None]) -> Iterator[None]:
    """Call `end` with `patience_s`, from a thread, if what is done inside takes longer."""
    timer = threading.Timer(patience_s, end, [patience_s])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _patience_s(ranks: int) -> float:
    # Ranks that outnumber the cores take turns.
    return HEARD_S + 0.5 * ranks


def _watch_the_others(cells: SharedCells, rank: int) -> None:
    def when_lost(name: str) -> None:
        lost, _, host = name.partition(" ")
        # The process that holds what is shared runs beside rank 0.
        end_without(int(lost or 0), host or cells.host, rank)

    cells.watch(f"{rank} {socket.gethostname()}", when_lost)
