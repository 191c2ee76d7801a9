"""The rungs of successive halving, shared by the ranks of an MPI job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, cast

import numpy as np

from harness.mpi.world import MpiWorld
from harness.records.history import History
from harness.rules.halving import judge_at_rung
from harness.rules.rungs import recorded_at_rungs
from harness.search_spec import SearchSpec
from harness.trial import Judgement


class SharedRungs:
    """The values recorded at each rung, shared by all ranks.

    A decision reads the values recorded before it and adds its own in one step,
    so decisions are in a total order and each sees all earlier values. Creating
    it and `free` are collective.

    Parameters
    ----------
    world
        The ranks.
    rungs
        The epochs of the rungs.
    recorded
        Epoch of a rung to the values recorded in earlier sessions, in order.
    """

    def __init__(
        self,
        world: MpiWorld,
        rungs: Sequence[int],
        recorded: Mapping[int, Sequence[float]] = MappingProxyType({}),
    ) -> None:
        self._world = world
        self._cells = {
            epoch: world.share(np.array(recorded.get(epoch, ()), dtype=float).tobytes())
            for epoch in rungs
        }

    def judge(
        self, epoch: int, value: float, reduction_factor: float, mode: Literal["min", "max"]
    ) -> Judgement | None:
        """Record a trial's value at `epoch`, and return what decides, as `Rungs` says."""
        cell = self._cells.get(epoch)
        if cell is None:
            return None
        before = self._world.cells.append(cell, np.array([value], dtype=float).tobytes())
        recorded = cast("Sequence[float]", np.frombuffer(before, dtype=float))
        return judge_at_rung(epoch, value, recorded, reduction_factor, mode)

    def free(self) -> None:
        """Give the rungs back."""
        for cell in self._cells.values():
            self._world.unshare(cell)


def rungs_of_search(world: MpiWorld, spec: SearchSpec, history: History) -> SharedRungs:
    """Return the rungs of a search, with what earlier sessions recorded; collective."""
    recorded = recorded_at_rungs(spec, history)
    return SharedRungs(world, list(recorded), recorded)
