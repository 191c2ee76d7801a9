"""The Ray backend: Ray Tune's schedulers and searchers on a Ray cluster."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from backends.ray.brackets import (
    bracket_budgets,
    results_before_last,
    smallest_budget,
    trials_for_results,
)
from backends.ray.options import ENGINE_FILES, RayOptions
from backends.ray.patches.catalogue import patches_in_force
from backends.ray.space_translation import numeric_names
from harness.backend import Algorithm, Backend, EngineOptions, SearchContext, World
from harness.errors import EngineMissing, RequestError
from harness.space_values import has_single_value, require_choice, restricted_names

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.replay.stage import Stage
    from harness.search_spec import SearchSpec


class RayBackend(Backend):
    """Ray Tune: a driver that schedules trials over actors, one actor a slot."""

    name: ClassVar[str] = "ray"
    engine: ClassVar[str] = "ray"
    modules: ClassVar[tuple[str, ...]] = ("ray",)
    several_ranks: ClassVar[bool] = True
    replayed: ClassVar[frozenset[str]] = frozenset({"rand", "asha", "bohb", "pbt", "pb2"})
    engine_options: ClassVar[type[EngineOptions]] = RayOptions
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order (FIFOScheduler)"),
        "asha": Algorithm("the same, stopped at rungs (ASHAScheduler)", halving=True),
        "bohb": Algorithm(
            "density model and synchronous brackets (TuneBOHB, HyperBandForBOHB)", halving=True
        ),
        "pbt": Algorithm(
            "exploit and explore (PopulationBasedTraining)", population=True, mutates=True
        ),
        "pb2": Algorithm(
            "exploit, and explore by a Gaussian-process bandit (PB2)",
            population=True,
            mutates=True,
        ),
    }

    def grace_epochs(self, algorithm: str, max_epochs: int, reduction_factor: int) -> int:
        """Return 1, or for BOHB the smallest budget of its brackets."""
        return smallest_budget(max_epochs, reduction_factor) if algorithm == "bohb" else 1

    def check(self, spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
        """Check what Ray Tune cannot do.

        Raises
        ------
        RequestError
            If BOHB is asked for another smallest budget than its own, or BOHB or
            PB2 for a space that their models cannot express.
        EngineMissing
            If BOHB's model is not installed.
        """
        if spec.algorithm == "bohb":
            return _check_bohb(spec, space)
        if spec.algorithm == "pb2":
            _check_bandit(spec, space)
        return []

    def nodes(self, engine: Mapping[str, Any]) -> int | None:
        """Return how many nodes the cluster at the option `address` has; None without one."""
        address = engine.get("address")
        if not address or importlib.util.find_spec("ray") is None:
            return None
        from backends.ray.cluster import nodes_at

        return nodes_at(str(address))

    @contextmanager
    def engine_started(self, context: SearchContext) -> Iterator[None]:
        """Start Ray, or connect to the cluster of the engine option `address`."""
        from backends.ray.cluster import cluster_started

        options = RayOptions.of(context.spec)
        engine_files = context.directory / ENGINE_FILES
        # What an earlier session left that was killed.
        shutil.rmtree(engine_files, ignore_errors=True)
        try:
            spec = context.spec
            processes = self.ranks(spec)
            with cluster_started(options, processes, context.objective, spec.ranks_per_trial):
                yield
        finally:
            shutil.rmtree(engine_files, ignore_errors=True)

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search."""
        from backends.ray.lost_cluster import ended_with_cluster
        from backends.ray.tuning import run_search

        with ended_with_cluster(context.directory):
            run_search(context)

    def patches(self, engine: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of what this backend mends of Ray, see `backends.ray.patches`."""
        return patches_in_force(RayOptions.model_validate(engine).patches)

    def changed_internals(self) -> str | None:
        """Return what of Tune is not as the replay knows it."""
        from backends.ray.replay import changed_internals

        return changed_internals()

    def replay(self, context: SearchContext, stage: Stage) -> None:
        """Run Tune's controller, scheduler and searcher in virtual time."""
        from backends.ray.replay import replay_search

        replay_search(context, stage)


def _check_bohb(spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
    if importlib.util.find_spec("hpbandster") is None:
        raise EngineMissing("Algorithm 'bohb' needs hpbandster: pip install 'hpo-harness[ray]'")
    if space.conditions or space.forbidden_clauses:
        raise RequestError(
            "BOHB's density model takes no conditions between hyperparameters and no "
            "forbidden combinations; choose another algorithm for this workload."
        )
    require_choice(space, "bohb")
    smallest = smallest_budget(spec.max_epochs, spec.reduction_factor)
    if spec.grace_epochs != smallest:
        raise RequestError(
            f"BOHB's smallest budget follows from {spec.max_epochs} epochs and reduction factor "
            f"{spec.reduction_factor}: it is {smallest}, not {spec.grace_epochs}. "
            "Leave grace_epochs out."
        )
    warnings = _without_a_model(spec, space)
    if len(bracket_budgets(spec.max_epochs, spec.reduction_factor)[0]) < 2:
        warnings.append(
            f"With {spec.max_epochs} epochs and reduction factor {spec.reduction_factor} BOHB has "
            "one rung: no trial is stopped early. Raise --epochs or lower reduction_factor."
        )
    return warnings


def _without_a_model(spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
    """Warn where hpbandster can build no model before the last trial has its configuration.

    It fits one density to the good results of a budget and one to the bad, and each takes a
    result more than there are hyperparameters.
    """
    dimensions = sum(not has_single_value(hyperparameter) for hyperparameter in space.values())
    needed = 2 * (dimensions + 1)
    brackets = (spec.max_epochs, spec.reduction_factor)
    most = max(results_before_last(spec.trials, *brackets).values())
    if most >= needed:
        return []
    return [
        f"BOHB's model needs {needed} results on one budget; {spec.trials} trials give none, for "
        f"a budget has {most} at most when the last one is drawn: all configurations are random. "
        f"With --trials {trials_for_results(needed, *brackets)} the last one can be the model's; "
        "of those after it, two thirds are."
    ]


def _check_bandit(spec: SearchSpec, space: ConfigurationSpace) -> None:
    numeric = numeric_names(space, spec.mutable)
    if not numeric:
        raise RequestError(
            "PB2 changes numeric hyperparameters, and none that this workload lets change "
            f"is numeric ({', '.join(spec.mutable)}). Use pbt."
        )
    restricted = [name for name in numeric if name in restricted_names(space)]
    if restricted:
        raise RequestError(
            "PB2's bandit takes no conditions and no forbidden combinations of what it changes, "
            f"and this space has some of '{restricted[0]}'. Use pbt."
        )
