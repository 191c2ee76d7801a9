"""The rungs of successive halving, shared by the ranks of an MPI job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from harness.halving import continues_beyond_rung, rung_epochs
from harness.history import History
from harness.search_spec import SearchSpec


class RungWindow:
    """The values recorded at each rung, in a window of memory on rank 0.

    A decision reads the values recorded before it and adds its own under one
    exclusive lock, so decisions are in a total order and each sees all earlier
    values. Creating it and `free` are collective.

    Parameters
    ----------
    mpi
        The module ``mpi4py.MPI``.
    comm
        The communicator.
    rungs
        The epochs of the rungs.
    capacity
        How many values a rung can hold: the number of trials.
    recorded
        Epoch of a rung to the values recorded in earlier sessions, in order.
    """

    def __init__(
        self,
        mpi: Any,
        comm: Any,
        rungs: Sequence[int],
        capacity: int,
        recorded: Mapping[int, Sequence[float]] = MappingProxyType({}),
    ) -> None:
        self._mpi = mpi
        self._rows = {epoch: row for row, epoch in enumerate(rungs)}
        # Each row is the number of its values, and then the values.
        self._width = 1 + capacity
        cells = np.zeros((len(self._rows), self._width))
        for epoch, row in self._rows.items():
            values = recorded.get(epoch, ())
            cells[row, : 1 + len(values)] = [len(values), *values]
        self._window = mpi.Win.Allocate(cells.nbytes if comm.rank == 0 else 0, 8, comm=comm)
        if comm.rank == 0:
            self._window.Lock(0, mpi.LOCK_EXCLUSIVE)
            np.frombuffer(self._window.tomemory(), dtype=np.float64)[:] = cells.reshape(-1)
            self._window.Unlock(0)
        comm.Barrier()

    def record_and_decide(
        self, epoch: int, value: float, reduction_factor: float, mode: Literal["min", "max"]
    ) -> bool:
        """Record a trial's value at `epoch`; tell whether the trial goes on.

        Parameters
        ----------
        epoch
            The epoch that ended. At an epoch that is no rung a trial goes on.
        value
            The validation value in its natural direction; NaN is recorded and
            not counted.
        reduction_factor, mode
            As in `harness.halving.continues_beyond_rung`.

        Raises
        ------
        IndexError
            If the rung is full.
        """
        row = self._rows.get(epoch)
        if row is None:
            return True
        recorded = self._append(row * self._width, value)
        return continues_beyond_rung(
            value, cast("Sequence[float]", recorded), reduction_factor, mode
        )

    def free(self) -> None:
        """Give the window back."""
        self._window.Free()

    def _append(self, start: int, value: float) -> NDArray[np.float64]:
        cells = np.empty(self._width, dtype=np.float64)
        self._window.Lock(0, self._mpi.LOCK_EXCLUSIVE)
        try:
            self._window.Get(cells, 0, (start, self._width, self._mpi.DOUBLE))
            self._window.Flush(0)
            count = int(cells[0])
            if count + 1 == self._width:
                raise IndexError(f"a rung holds {count} values, as many as there are trials")
            # The arrays must outlive the puts, which end at the unlock.
            cells[0], cells[1 + count] = count + 1, value
            self._put(cells[1 + count : 2 + count], start + 1 + count)
            self._put(cells[:1], start)
        finally:
            self._window.Unlock(0)
        return cells[1 : 1 + count]

    def _put(self, origin: NDArray[np.float64], cell: int) -> None:
        self._window.Put(origin, 0, (cell, origin.size, self._mpi.DOUBLE))


def rungs_of_search(mpi: Any, comm: Any, spec: SearchSpec, history: History) -> RungWindow:
    """Return the rungs of a search, with what earlier sessions recorded; collective.

    A trial that goes on from a state beyond a rung has its value there, and does
    not come by again. One whose state lies below trains the rung's epoch once
    more, and `history` leaves out what it recorded there.
    """
    epochs = rung_epochs(spec.grace_epochs, spec.reduction_factor, spec.max_epochs)
    recorded = {epoch: [value for _trial, value in history.at_rung(epoch)] for epoch in epochs}
    return RungWindow(mpi, comm, epochs, spec.trials, recorded)
