"""Tickets: numbers that are drawn once each, on whatever rank is free."""

from __future__ import annotations

from typing import Any

import numpy as np


class Tickets:
    """The numbers 0 … `count` - 1, drawn in order by all ranks of a communicator.

    Creating it and `free` are collective.

    Parameters
    ----------
    mpi
        The module ``mpi4py.MPI``.
    comm
        The communicator.
    count
        How many tickets there are.
    """

    def __init__(self, mpi: Any, comm: Any, count: int) -> None:
        self._mpi = mpi
        self._count = count
        # A window may hold anything at first; only the owner may clear it.
        self._window = mpi.Win.Allocate(8 if comm.rank == 0 else 0, 8, comm=comm)
        if comm.rank == 0:
            self._window.Lock(0, mpi.LOCK_EXCLUSIVE)
            np.frombuffer(self._window.tomemory(), dtype=np.int64)[0] = 0
            self._window.Unlock(0)
        comm.Barrier()

    def draw(self) -> int | None:
        """Return the next number, or None when all are drawn."""
        one, drawn = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self._window.Lock(0, self._mpi.LOCK_SHARED)
        self._window.Fetch_and_op(one, drawn, 0, 0, self._mpi.SUM)
        self._window.Unlock(0)
        return int(drawn[0]) if drawn[0] < self._count else None

    def free(self) -> None:
        """Give the window back."""
        self._window.Free()
