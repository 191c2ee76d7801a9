"""An array that the ranks of an MPI job read and change in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


class SharedArray:
    """A numpy array in a window of memory on rank 0.

    Transactions are in a total order and no rank has to take part in those of
    another. Creating it and `free` are collective.

    Parameters
    ----------
    mpi
        The module ``mpi4py.MPI``.
    comm
        The communicator.
    initial
        The array's shape and type; on rank 0, its first content as well.
    """

    def __init__(self, mpi: Any, comm: Any, initial: NDArray[Any]) -> None:
        self._mpi = mpi
        self._dtype = initial.dtype
        self._shape = initial.shape
        self._window = mpi.Win.Allocate(initial.nbytes if comm.rank == 0 else 0, 1, comm=comm)
        if comm.rank == 0:
            self._window.Lock(0, mpi.LOCK_EXCLUSIVE)
            own = np.frombuffer(self._window.tomemory(), dtype=np.uint8)
            own[:] = np.frombuffer(initial.tobytes(), dtype=np.uint8)
            self._window.Unlock(0)
        comm.Barrier()

    @contextmanager
    def transaction(self) -> Iterator[NDArray[Any]]:
        """Give the array to change; all other ranks wait meanwhile.

        An exception leaves the array as it was.
        """
        self._window.Lock(0, self._mpi.LOCK_EXCLUSIVE)
        try:
            content = self._get()
            yield content
            # `content` must outlive the put, which ends at the unlock.
            self._window.Put(self._bytes(content), 0)
        finally:
            self._window.Unlock(0)

    def read(self) -> NDArray[Any]:
        """Return a copy of the array as it is between two transactions."""
        self._window.Lock(0, self._mpi.LOCK_SHARED)
        try:
            return self._get()
        finally:
            self._window.Unlock(0)

    def free(self) -> None:
        """Give the window back."""
        self._window.Free()

    def _get(self) -> NDArray[Any]:
        content = np.empty(self._shape, dtype=self._dtype)
        self._window.Get(self._bytes(content), 0)
        self._window.Flush(0)
        return content

    def _bytes(self, content: NDArray[Any]) -> list[Any]:
        return [content.view(np.uint8).reshape(-1), self._mpi.BYTE]
