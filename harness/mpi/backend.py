"""The base of backends whose engine runs on the ranks of an MPI job."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from harness.backend import Backend, SearchContext, World
from harness.search_spec import SearchSpec

if TYPE_CHECKING:
    from harness.mpi.trial_groups import RankPlace
    from harness.mpi.world import MpiWorld


class MpiBackend(Backend):
    """A backend on MPI: its slots are ranks, or groups of ranks that train a trial together.

    Attributes
    ----------
    masters
        The first ranks that train nothing.
    """

    process_model: ClassVar[Literal["driver", "mpi"]] = "mpi"
    several_ranks: ClassVar[bool] = True
    masters: ClassVar[int] = 0

    def ranks(self, spec: SearchSpec) -> int:
        """Return the MPI ranks a search needs: its workers', and the masters."""
        return super().ranks(spec) + self.masters

    def workers_of(self, ranks: int, ranks_per_trial: int) -> int:
        """Return the slots that `ranks` MPI ranks make."""
        return super().workers_of(max(0, ranks - self.masters), ranks_per_trial)

    def world(self) -> World:
        """Start MPI and return its ranks."""
        from harness.launch.open_mpi import settle_before_mpi_starts

        settle_before_mpi_starts(os.environ)
        communicator = self.communicator()
        from harness.mpi.world import MpiWorld

        return MpiWorld(communicator)

    @abstractmethod
    def communicator(self) -> Any:
        """Return mpi4py's communicator of all ranks; importing it starts MPI."""

    @abstractmethod
    def lead(self, context: SearchContext, place: RankPlace, world: MpiWorld) -> None:
        """Run the search on a rank that talks to the engine.

        Parameters
        ----------
        context
            The search.
        place
            Where this rank stands.
        world
            The ranks that talk to the engine.
        """

    def search(self, context: SearchContext, world: World) -> None:
        """Lead on the ranks that talk to the engine, and follow on the others; on every rank."""
        from harness.mpi.trial_groups import place_rank

        place = place_rank(cast("MpiWorld", world), context, self.masters)
        if place.leaders is None:
            place.prepare(context).follow()
        else:
            self.lead(context, place, place.leaders)
