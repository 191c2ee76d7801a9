"""The Propulate backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from backends.propulate.options import PropulateOptions
from harness.backend import Algorithm, EngineOptions, SearchContext
from harness.errors import RequestError
from harness.mpi.backend import MpiBackend

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.mpi.trial_groups import RankPlace
    from harness.mpi.world import MpiWorld
    from harness.replay.stage import Stage
    from harness.search_spec import SearchSpec


class PropulateBackend(MpiBackend):
    """Asynchronous, decentral evolutionary search on MPI ranks; one slot per rank."""

    name: ClassVar[str] = "propulate"
    engine: ClassVar[str] = "propulate"
    modules: ClassVar[tuple[str, ...]] = ("propulate", "mpi4py")
    engine_options: ClassVar[type[EngineOptions]] = PropulateOptions
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order"),
        "asha": Algorithm("the same, stopped at rungs through Surrogate.cancel", halving=True),
        "ga": Algorithm("islands of the default propagator, with migration"),
        "pso": Algorithm("particle swarm propagators", continuous_only=True),
        "cmaes": Algorithm("CMAPropagator", continuous_only=True),
        "nelder-mead": Algorithm("ParallelNelderMead", continuous_only=True),
        "pbt": Algorithm(
            "a propagator with inherited checkpoints, no central process",
            population=True,
            mutates=True,
        ),
    }
    replayed: ClassVar[frozenset[str]] = frozenset(algorithms)

    def check(self, spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
        """Refuse a space that an algorithm cannot express, and what does not fit the workers."""
        if spec.algorithm not in {"rand", "asha", "pbt"}:
            from backends.propulate.translation import refuse_inexpressible

            continuous = self.algorithms[spec.algorithm].continuous_only
            refuse_inexpressible(space, spec.algorithm, continuous)
        _check_options(spec, PropulateOptions.of(spec))
        return []

    def communicator(self) -> Any:
        """Start MPI."""
        from mpi4py import MPI

        return MPI.COMM_WORLD

    def lead(self, context: SearchContext, place: RankPlace, world: MpiWorld) -> None:
        """Run the search on a rank that leads its trials."""
        from backends.propulate.search import search_among_leaders

        search_among_leaders(context, place, world)

    def changed_internals(self) -> str | None:
        """Return what of Propulate is not as the replay knows it."""
        from backends.propulate.replay import changed_internals

        return changed_internals()

    def replay(self, context: SearchContext, stage: Stage) -> None:
        """Run Propulate's loops in virtual time."""
        from backends.propulate.replay import replay_search

        replay_search(context, stage, self.search)


def _check_options(spec: SearchSpec, options: PropulateOptions) -> None:
    if spec.algorithm == "ga" and options.islands > spec.workers:
        raise RequestError(
            f"engine.islands={options.islands} needs as many workers; there are {spec.workers}."
        )
    attracted = options.pso_variant in {"constriction", "canonical"}
    if spec.algorithm == "pso" and attracted and options.cognitive + options.social <= 4:
        raise RequestError(
            f"engine.pso_variant='{options.pso_variant}' needs engine.cognitive + engine.social "
            f"above 4; they are {options.cognitive} and {options.social}."
        )
