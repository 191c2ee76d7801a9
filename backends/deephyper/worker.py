"""A worker rank: it evaluates what the master sends.

Nothing here imports DeepHyper: each rank is spared the seconds that takes, and what
travels between the ranks are numbers and configurations.
"""

from __future__ import annotations

from typing import Any

from mpi4py.futures import MPICommExecutor

from backends.deephyper.slot import Assignment, Outcome, Slot
from harness.errors import HarnessError, WorkerLost

_slot: Slot | None = None


def serve(slot: Slot, comm: Any) -> None:
    """Evaluate what the master sends, until it has no more.

    Parameters
    ----------
    slot
        This rank's slot.
    comm
        The communicator of all ranks; the master is rank 0.
    """
    global _slot
    _slot = slot
    try:
        with MPICommExecutor(comm, root=0):
            pass
    finally:
        _slot = None


def evaluate(assignment: Assignment) -> Outcome:
    """Evaluate on this rank's slot; the master names this function, a worker runs it.

    Raises
    ------
    HarnessError
        If anything but the trial fails. It is raised on the master, which ends
        the search, so what is no `HarnessError` becomes a `WorkerLost` that
        says where it comes from.
    """
    if _slot is None:
        raise RuntimeError("this rank has no slot")
    try:
        return _slot.evaluate(assignment)
    except HarnessError:
        raise
    except BaseException as error:
        number = _slot.record.slot
        raise WorkerLost(f"Slot {number} failed: {type(error).__name__}: {error}") from error
