"""DeepHyper (Balaprakash et al., HiPC 2018): searches on MPI with a master and workers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from backends.deephyper.options import DeepHyperOptions
from harness.backend import Algorithm, Backend, EngineOptions, SearchContext, World
from harness.errors import RequestError

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.mpi.rungs import SharedRungs
    from harness.mpi.trial_groups import RankPlace
    from harness.mpi.world import MpiWorld
    from harness.replay.stage import Stage
    from harness.search_spec import SearchSpec
    from harness.trials.objective import Objective

MASTERS = 1
"""Ranks that train nothing."""


class DeepHyperBackend(Backend):
    """DeepHyper's searches over MPI ranks: rank 0 is the master, the others are slots.

    A trial that was stopped at a rung reports its last validation value. DeepHyper
    makes no difference between that and the value of a whole training: its
    surrogate sees a point that was not worth training on.
    """

    name: ClassVar[str] = "deephyper"
    engine: ClassVar[str] = "deephyper"
    modules: ClassVar[tuple[str, ...]] = ("deephyper", "mpi4py")
    process_model: ClassVar[Literal["driver", "mpi"]] = "mpi"
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order (a Search of ours)"),
        "asha": Algorithm("the same, stopped at rungs", halving=True),
        "cbo": Algorithm("CBO: Bayesian optimization, extremely randomized trees"),
        "cbo-asha": Algorithm("CBO, trials stopped at rungs", halving=True),
        "regevo": Algorithm("RegularizedEvolution"),
    }
    several_ranks: ClassVar[bool] = True
    replayed: ClassVar[frozenset[str]] = frozenset(algorithms)
    engine_options: ClassVar[type[EngineOptions]] = DeepHyperOptions

    def check(self, spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
        """Check a search before it starts."""
        from backends.deephyper.checks import check_request

        return check_request(spec, space)

    def ranks(self, spec: SearchSpec) -> int:
        """Return the MPI ranks a search needs: its workers, and the master."""
        return spec.workers * spec.ranks_per_trial + MASTERS

    def workers_of(self, ranks: int, ranks_per_trial: int) -> int:
        """Return the slots that `ranks` MPI ranks make."""
        return max(0, ranks - MASTERS) // ranks_per_trial

    def world(self) -> World:
        """Start MPI."""
        from harness.launch.open_mpi import settle_before_mpi_starts

        settle_before_mpi_starts(os.environ)
        from mpi4py import MPI

        from harness.mpi.world import MpiWorld

        return MpiWorld(MPI.COMM_WORLD)

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search; called on every rank."""
        from harness.mpi.trial_groups import place_rank

        if world.size <= MASTERS:
            raise RequestError("DeepHyper needs a master and a worker: start at least 2 ranks.")
        place = place_rank(cast("MpiWorld", world), context, MASTERS)
        if place.leaders is None:
            _prepare(context, place).follow()
            return
        rungs = _shared_rungs(context, place.leaders)
        if place.leaders.rank == 0:
            from backends.deephyper.master import lead

            lead(context, place.leaders)
        else:
            _work(context, place, place.leaders, rungs)
        if rungs is not None:
            rungs.free()

    def changed_internals(self) -> str | None:
        """Return what of DeepHyper is not as the replay knows it."""
        from backends.deephyper.replay import changed_internals

        return changed_internals()

    def replay(self, context: SearchContext, stage: Stage) -> None:
        """Run DeepHyper's search in virtual time."""
        from backends.deephyper.replay import replay_search

        replay_search(context, stage)


def _shared_rungs(context: SearchContext, world: MpiWorld) -> SharedRungs | None:
    if not DeepHyperBackend.algorithms[context.spec.algorithm].halving:
        return None
    from harness.mpi.rungs import rungs_of_search

    return rungs_of_search(world, context.spec, context.history)


def _prepare(context: SearchContext, place: RankPlace) -> Objective:
    return context.objective.prepare(place.local, place.membership)


def _work(
    context: SearchContext, place: RankPlace, world: MpiWorld, rungs: SharedRungs | None
) -> None:
    from backends.deephyper.slot import Slot
    from backends.deephyper.worker import serve

    objective = _prepare(context, place)
    record = context.recorder.open_slot(world.rank - MASTERS, world.clock)
    world.barrier()
    serve(Slot(context.spec, objective, record, rungs, world.clock), world.comm)
    objective.release()
    record.close()
