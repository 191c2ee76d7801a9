"""Propulate's own loops in virtual time: a thread a rank, of which one runs at a time."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from harness.backend import SearchContext
from harness.launch.open_mpi import settle_before_mpi_starts
from harness.replay.objective import ReplayObjectiveSpec
from harness.replay.stage import Stage
from harness.replay.turns import Turns
from harness.replay.world import VirtualJob
from harness.trial import Trial


def replay_search(
    context: SearchContext, stage: Stage, search: Callable[[SearchContext, Any], None]
) -> None:
    """Run the search that a context describes on virtual ranks, by what ranks call."""
    # Propulate names types of mpi4py, which starts MPI.
    settle_before_mpi_starts(os.environ)
    turns = Turns(stage.clock, stage.slots)
    job = VirtualJob(turns, stage.slots)
    objective = cast(ReplayObjectiveSpec, context.objective)

    given = vars(context)
    shared = tuple(context.remaining)

    def body(rank: int) -> Callable[[], None]:
        own = SharedContext(**{**given, "objective": objective.on(rank)}, shared=shared)
        return lambda: search(own, job.world(rank))

    turns.run([body(rank) for rank in range(len(stage.slots))])


@dataclass(frozen=True)
class SharedContext(SearchContext):
    """A search whose list of trials all ranks of the process share; each would make its own.

    Attributes
    ----------
    shared
        The trials.
    """

    shared: tuple[Trial, ...] = ()

    @property
    def remaining(self) -> list[Trial]:
        """The trials that are not over; nobody may change the list."""
        return cast("list[Trial]", self.shared)


def changed_internals() -> str | None:
    """Return what of Propulate is not as this module knows it; None if all is."""
    settle_before_mpi_starts(os.environ)
    from propulate import Propulator

    known = inspect.signature(Propulator.__init__).parameters
    for name in ("island_comm", "propulate_comm", "worker_sub_comm", "surrogate_factory"):
        if name not in known:
            return f"Propulator takes no '{name}'"
    source = inspect.getsource(Propulator)
    calls = {
        call.split("(")[0]
        for part in ("island_comm.", "propulate_comm.")
        for call in source.split(f"self.{part}")[1:]
    }
    called = {call.split()[0] for call in calls if call.split()}
    known_calls = {name for name in called if name.isidentifier()}
    strange = known_calls - {
        *("rank", "size", "send", "iprobe", "recv", "barrier"),
        *("allgather", "allreduce", "gather", "bcast"),
    }
    if strange:
        return f"Propulator calls '{sorted(strange)[0]}' of a communicator"
    return None
