"""An array that the ranks of an MPI job read and change in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.mpi.world import MpiWorld

LONGEST_WAIT_S = 0.5
"""How long a rank that waits for a change sleeps before it asks again by itself."""


class SharedArray:
    """A numpy array that all ranks share.

    Transactions are in a total order and no rank has to take part in those of
    another. Creating it and `free` are collective.

    Parameters
    ----------
    world
        The ranks.
    initial
        The array's shape and type; on rank 0, its first content as well.
    """

    def __init__(self, world: MpiWorld, initial: NDArray[Any]) -> None:
        self._world = world
        self._dtype = initial.dtype
        self._shape = initial.shape
        self._cell = world.share(initial.tobytes())

    @contextmanager
    def transaction(self) -> Iterator[NDArray[Any]]:
        """Give the array to change; the transactions of all other ranks wait meanwhile.

        An exception leaves the array as it was.
        """
        with self._world.cells.transaction(self._cell) as content:
            yield self._array(content)

    def read(self) -> NDArray[Any]:
        """Return a copy of the array as it is between two transactions."""
        return self._array(bytearray(self._world.cells.read(self._cell)[1]))

    def wait_until(self, is_so: Callable[[NDArray[Any]], bool]) -> NDArray[Any]:
        """Return the array once `is_so` of it, asleep between its changes.

        Parameters
        ----------
        is_so
            Asked after each change, and now and then between.
        """
        version, content = self._world.cells.read(self._cell)
        while not is_so(self._array(bytearray(content))):
            version, content = self._world.cells.await_change(self._cell, version, LONGEST_WAIT_S)
        return self._array(bytearray(content))

    def free(self) -> None:
        """Give the array back."""
        self._world.unshare(self._cell)

    def _array(self, content: bytearray) -> NDArray[Any]:
        return np.frombuffer(content, dtype=self._dtype).reshape(self._shape)
