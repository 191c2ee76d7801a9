"""The search that a specification asks for, and the trials behind its points.

Imports DeepHyper: only the master needs this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deephyper.hpo import HpProblem

from backends.deephyper.checks import FROM_LIST
from backends.deephyper.options import DeepHyperOptions
from backends.deephyper.searches import (
    FixedListSearch,
    Parameters,
    ProposingSearch,
    SeededEvolution,
    SeededOptimization,
)
from backends.deephyper.slot import Outcome
from backends.deephyper.translation import EngineSpace
from harness.backend import SearchContext
from harness.rules.agenda import Agenda, seeds_agenda, suggested_agenda
from harness.rules.seeds import drawn_seed
from harness.trial import Trial, numbered_trial


@dataclass(frozen=True)
class Proposals:
    """A search, and the trials behind its points.

    Attributes
    ----------
    search
        DeepHyper's search.
    agenda
        The trials to evaluate. Those whose configuration is known are evaluated
        as they are, without a rounding in between.
    decode
        Returns the configuration at a point of the search's own.
    mode
        The direction of the validation value.
    """

    search: ProposingSearch
    agenda: Agenda
    decode: Callable[[Mapping[str, Any]], dict[str, Any]]
    mode: Literal["min", "max"]

    def trial(self, place: int, point: Mapping[str, Any]) -> Trial:
        """Return the trial at a place of the agenda; if it is unknown, it was asked for last."""
        known = self.agenda.trial(place)
        if known is not None:
            return known
        number, configuration = self.agenda.number(place), self.decode(point)
        return numbered_trial(number, configuration, self.search.origin, self.search.told)

    def objective(self, outcome: Outcome) -> float | str:
        """Return what DeepHyper is told of an outcome: it maximizes, and ``"F..."`` fails."""
        if outcome.value is None:
            return f"F_{outcome.failure}"
        return outcome.value if self.mode == "max" else -outcome.value


def build_proposals(context: SearchContext, log_directory: Path) -> Proposals:
    """Set up the search that a specification asks for, with what earlier sessions found.

    Parameters
    ----------
    context
        The search.
    log_directory
        Where DeepHyper may write.
    """
    spec = context.spec
    common: dict[str, Any] = {
        "random_state": _random_state(context),
        "log_dir": str(log_directory),
        "checkpoint_history_to_csv": False,
    }
    if spec.algorithm in FROM_LIST:
        agenda = seeds_agenda(context)
        listed = FixedListSearch(len(agenda), **common)
        return Proposals(listed, agenda, dict, spec.mode)
    space = EngineSpace(context.space)
    agenda = suggested_agenda(context)
    points = [space.encode(trial.config) for trial in agenda.known]
    build = _build_evolution if spec.algorithm == "regevo" else _build_bayesian_optimization
    search = build(context, space, points, common)
    proposals = Proposals(search, agenda, space.decode, spec.mode)
    results = [
        (space.encode(past.trial.config), proposals.objective(Outcome(past.result, "failed")))
        for past in context.history.over
    ]
    if results:
        search.recall(results)
    return proposals


def _random_state(context: SearchContext) -> int:
    """Return a seed that a resumed search does not share with its earlier sessions."""
    spec, begun = context.spec, len(context.history.trials)
    return drawn_seed(spec.seed, spec.trials + begun) if begun else spec.seed


def _build_evolution(
    context: SearchContext, space: EngineSpace, points: list[Parameters], common: dict[str, Any]
) -> SeededEvolution:
    spec = context.spec
    options = DeepHyperOptions.of(spec)
    return SeededEvolution(
        HpProblem(space.coordinates),
        points,
        population_size=spec.population,
        sample_size=evolution_sample_size(spec.population, options.sample_size),
        **common,
    )


def _build_bayesian_optimization(
    context: SearchContext, space: EngineSpace, points: list[Parameters], common: dict[str, Any]
) -> SeededOptimization:
    spec = context.spec
    options = DeepHyperOptions.of(spec)
    problem = HpProblem(space.coordinates)
    if not space.is_flat:
        # Not the seed of the initial design, which would be drawn again.
        space.seed(drawn_seed(spec.seed, spec.trials + len(context.history.trials)))
        problem.set_sampling_fn(space.sample)
    return SeededOptimization(
        problem,
        points,
        # With so many results, of all sessions, it begins to model.
        n_initial_points=min(spec.population, spec.trials),
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
