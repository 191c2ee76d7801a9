"""What a search has on one rank."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backends.propulate.options import PropulateOptions
from harness.backend import SearchContext
from harness.mpi.trial_groups import RankPlace
from harness.mpi.world import MpiWorld
from harness.records.recorder import DriverRecorder, SlotRecorder
from harness.rules.seeds import drawn_seed
from harness.search_spec import SearchSpec
from harness.trials.deadline import Deadline
from harness.trials.objective import Objective


@dataclass(frozen=True)
class Rank:
    """What a search has on one rank.

    Attributes
    ----------
    context
        The search.
    world
        The ranks that talk to the engine.
    number
        The rank among them, which is the slot as well.
    objective
        What to evaluate.
    slot
        The slot's record.
    driver
        The search's record; on rank 0 only.
    """

    context: SearchContext
    world: MpiWorld
    number: int
    objective: Objective
    slot: SlotRecorder
    driver: DriverRecorder | None

    @property
    def deadline(self) -> Deadline:
        """The time limit."""
        return self.objective.deadline

    @property
    def spec(self) -> SearchSpec:
        """The search, in no engine's words."""
        return self.context.spec

    @property
    def options(self) -> PropulateOptions:
        """Propulate's own options."""
        return PropulateOptions.of(self.spec)

    def generator(self) -> random.Random:
        """Return a new source of randomness, that no other rank or session of the run has."""
        seed = drawn_seed(self.spec.seed, self.number, len(self.context.history.trials))
        return random.Random(seed)


@contextmanager
def open_rank(context: SearchContext, place: RankPlace, world: MpiWorld) -> Iterator[Rank]:
    """Load the data and open the records of this rank, which leads its trials."""
    objective = place.prepare(context)
    slot = context.recorder.open_slot(world.rank, world.clock)
    driver = context.recorder.open_driver(world.clock) if world.rank == 0 else None
    try:
        yield Rank(context, world, world.rank, objective, slot, driver)
        objective.release()
    finally:
        slot.close()
        if driver is not None:
            driver.close()
