"""DeepHyper (Balaprakash et al., HiPC 2018): searches on MPI with a master and workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from backends.deephyper.options import DeepHyperOptions
from harness.backend import Algorithm, EngineOptions, SearchContext, World
from harness.errors import RequestError
from harness.mpi.backend import MpiBackend

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.mpi.rungs import SharedRungs
    from harness.mpi.trial_groups import RankPlace
    from harness.mpi.world import MpiWorld
    from harness.replay.stage import Stage
    from harness.search_spec import SearchSpec


class DeepHyperBackend(MpiBackend):
    """DeepHyper's searches over MPI ranks: rank 0 is the master, the others are slots.

    A trial that was stopped at a rung reports its last validation value. DeepHyper
    makes no difference between that and the value of a whole training: its
    surrogate sees a point that was not worth training on.
    """

    name: ClassVar[str] = "deephyper"
    engine: ClassVar[str] = "deephyper"
    modules: ClassVar[tuple[str, ...]] = ("deephyper", "mpi4py")
    masters: ClassVar[int] = 1
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order (a Search of ours)"),
        "asha": Algorithm("the same, stopped at rungs", halving=True),
        "cbo": Algorithm("CBO: Bayesian optimization, extremely randomized trees"),
        "cbo-asha": Algorithm("CBO, trials stopped at rungs", halving=True),
        "regevo": Algorithm("RegularizedEvolution"),
    }
    replayed: ClassVar[frozenset[str]] = frozenset(algorithms)
    engine_options: ClassVar[type[EngineOptions]] = DeepHyperOptions

    def check(self, spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
        """Check a search before it starts."""
        from backends.deephyper.checks import check_request

        return check_request(spec, space)

    def communicator(self) -> Any:
        """Start MPI."""
        from mpi4py import MPI

        return MPI.COMM_WORLD

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search; called on every rank."""
        if world.size <= self.masters:
            raise RequestError("DeepHyper needs a master and a worker: start at least 2 ranks.")
        super().search(context, world)

    def lead(self, context: SearchContext, place: RankPlace, world: MpiWorld) -> None:
        """Run DeepHyper's search on the master, and a slot on the others."""
        rungs = _shared_rungs(context, world)
        if world.rank == 0:
            from backends.deephyper.master import lead

            lead(context, world)
        else:
            _work(context, place, world, rungs)
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


def _work(
    context: SearchContext, place: RankPlace, world: MpiWorld, rungs: SharedRungs | None
) -> None:
    from backends.deephyper.slot import Slot
    from backends.deephyper.worker import serve

    objective = place.prepare(context)
    slot = world.rank - DeepHyperBackend.masters
    record = context.recorder.open_slot(slot, world.clock)
    world.barrier()
    serve(Slot(context.spec, objective, record, rungs, world.clock), world.comm)
    objective.release()
    record.close()
