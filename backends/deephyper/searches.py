"""DeepHyper's searches, set up for a search specification.

Imports DeepHyper: only the master needs this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deephyper.hpo import CBO, HpProblem, RegularizedEvolution, Search

from backends.deephyper.options import DeepHyperOptions
from backends.deephyper.requests import FROM_LIST
from backends.deephyper.translation import EngineSpace
from harness.backend import SearchContext
from harness.objective import trial_seed
from harness.search_spec import SearchSpec

Parameters = dict[str, Any]
Results = list[tuple[Parameters, float | str]]


class FixedListSearch(Search):  # type: ignore[misc]
    """Hands out given points in order, whatever the results.

    Parameters
    ----------
    problem
        The space.
    points
        What to hand out.
    **options
        The options of DeepHyper's `Search`.
    """

    def __init__(self, problem: HpProblem, points: Sequence[Parameters], **options: Any) -> None:
        super().__init__(problem, **options)
        self._remaining = list(points)

    def _ask(self, n: int = 1) -> list[Parameters]:
        asked, self._remaining = self._remaining[:n], self._remaining[n:]
        return asked

    def _tell(self, results: Results) -> None:
        """Random search learns nothing."""


class SeededEvolution(RegularizedEvolution):  # type: ignore[misc]
    """Regularized evolution whose population starts from given points.

    Parameters
    ----------
    problem
        The space, in the engine's coordinates.
    points
        The first population.
    **options
        The options of DeepHyper's `RegularizedEvolution`.
    """

    def __init__(self, problem: HpProblem, points: Sequence[Parameters], **options: Any) -> None:
        super().__init__(problem, **options)
        self._initial = list(points)

    def _ask(self, n: int = 1) -> list[Parameters]:
        initial, self._initial = self._initial[:n], self._initial[n:]
        rest = n - len(initial)
        return initial + (super()._ask(rest) if rest else [])


@dataclass(frozen=True)
class Proposals:
    """A search, and the configurations behind its points.

    Attributes
    ----------
    search
        DeepHyper's search.
    given
        The configurations of the first evaluations, which the seed determines.
        They are evaluated as they are, without a rounding in between.
    decode
        Returns the configuration at a point of the search's own.
    """

    search: Search
    given: Sequence[Mapping[str, Any]]
    decode: Callable[[Mapping[str, Any]], dict[str, Any]]

    def configuration(self, number: int, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration of evaluation `number`."""
        return dict(self.given[number]) if number < len(self.given) else self.decode(point)


def build_proposals(context: SearchContext, log_directory: Path) -> Proposals:
    """Set up the search that a specification asks for.

    Parameters
    ----------
    context
        The search.
    log_directory
        Where DeepHyper may write.
    """
    spec = context.spec
    common: dict[str, Any] = {
        "random_state": spec.seed,
        "log_dir": str(log_directory),
        "checkpoint_history_to_csv": False,
    }
    if spec.algorithm in FROM_LIST:
        listed = FixedListSearch(HpProblem(context.space), context.configurations, **common)
        return Proposals(listed, context.configurations, dict)
    space = EngineSpace(context.space)
    given = context.configurations[: spec.population]
    points = [space.encode(configuration) for configuration in given]
    build = _build_evolution if spec.algorithm == "regevo" else _build_bayesian_optimization
    return Proposals(build(spec, space, points, common), given, space.decode)


def _build_evolution(
    spec: SearchSpec, space: EngineSpace, points: list[Parameters], common: dict[str, Any]
) -> SeededEvolution:
    options = DeepHyperOptions.model_validate(spec.engine)
    return SeededEvolution(
        HpProblem(space.coordinates),
        points,
        population_size=spec.population,
        sample_size=evolution_sample_size(spec.population, options.sample_size),
        **common,
    )


def _build_bayesian_optimization(
    spec: SearchSpec, space: EngineSpace, points: list[Parameters], common: dict[str, Any]
) -> CBO:
    options = DeepHyperOptions.model_validate(spec.engine)
    problem = HpProblem(space.coordinates)
    if not space.is_flat:
        # Not the search's own seed: that would draw the initial design again.
        space.seed(trial_seed(spec.seed, spec.trials))
        problem.set_sampling_fn(space.sample)
    return CBO(
        problem,
        n_initial_points=len(points),
        initial_points=points,
        surrogate_model=options.surrogate_model,
        acq_func=options.acq_func,
        acq_optimizer=options.acq_optimizer,
        acq_optimizer_kwargs={
            "n_points": options.n_points,
            "acq_optimizer_freq": options.acq_optimizer_freq,
            # A search ends by its number of trials, however many of them fail.
            "max_total_failures": -1,
        },
        multi_point_strategy=options.multi_point_strategy,
        **common,
    )


def evolution_sample_size(population: int, asked: int | None) -> int:
    """Return the size of a tournament, which must be below the population's."""
    size = max(2, population // 4) if asked is None else asked
    return min(size, population - 1)
