"""DeepHyper's searches, with given points before their own.

Imports DeepHyper: only the master needs this module.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from deephyper.hpo import CBO, HpProblem, RegularizedEvolution, Search

from harness.trial import Origin

Parameters = dict[str, Any]
Results = list[tuple[Parameters, float | str]]


class ProposingSearch(Search):
    """A search that says where its configurations come from.

    Attributes
    ----------
    origin
        Where those come from that it was asked for last, but for given points.
    told
        How many results it was told.
    """

    origin: Origin = "random"
    told: int = 0

    def tell(self, results: Any) -> Any:
        """Learn from results, and count them."""
        self.told += len(results)
        return super().tell(results)


class FixedListSearch(ProposingSearch):
    """Hands out the places of an agenda in order, whatever the results.

    DeepHyper never sees the configurations, so they may be of any kind.

    Parameters
    ----------
    places
        How many there are.
    **options
        The options of DeepHyper's `Search`.
    """

    def __init__(self, places: int, **options: Any) -> None:
        problem = HpProblem()
        problem.add_hyperparameter((0, max(1, places - 1)), "place")
        super().__init__(problem, **options)
        self._remaining: list[Parameters] = [{"place": place} for place in range(places)]

    def _ask(self, n: int = 1) -> list[Parameters]:
        asked, self._remaining = self._remaining[:n], self._remaining[n:]
        return asked

    def _tell(self, results: Results) -> None:
        """Random search learns nothing."""


class SeededSearch(ProposingSearch):
    """A search that evaluates given points first.

    Parameters
    ----------
    problem
        The space, in the engine's coordinates.
    points
        What to evaluate first, whatever the results.
    **options
        The options of DeepHyper's search.
    """

    def __init__(self, problem: HpProblem, points: Sequence[Parameters], **options: Any) -> None:
        super().__init__(problem, **options)
        self._given = list(points)

    def recall(self, results: Results) -> None:
        """Learn from the evaluations of earlier sessions, in the order in which they began."""
        self._note_asked([point for point, _objective in results])
        self.tell(results)

    def _ask(self, n: int = 1) -> list[Parameters]:
        given, self._given = self._given[:n], self._given[n:]
        self._note_asked(given)
        self.origin = self._next_origin()
        rest = n - len(given)
        return given + (super()._ask(rest) if rest else [])

    def _note_asked(self, points: Sequence[Parameters]) -> None:
        """Count points as DeepHyper's own, if it counts any."""

    @abstractmethod
    def _next_origin(self) -> Origin:
        """Return where DeepHyper's next points come from."""


class SeededEvolution(SeededSearch, RegularizedEvolution):
    """Regularized evolution that evaluates given points first."""

    def _next_origin(self) -> Origin:
        return "random" if len(self._population) < self.population_size else "mutation"


class SeededOptimization(SeededSearch, CBO):
    """Bayesian optimization that evaluates given points first.

    DeepHyper forgets the points of an initial design that it has not handed out
    when its surrogate model has enough results, which it may have from the start
    in a search that was resumed.
    """

    def _setup_optimizer(self) -> None:
        super()._setup_optimizer()
        # It draws a design of its own, which knows no forbidden clauses.
        self._opt._initial_samples = []

    def _next_origin(self) -> Origin:
        # With fewer results, or without a surrogate, DeepHyper draws.
        draws = self._opt._n_initial_points > 0 or self._opt.base_estimator_ is None
        return "random" if draws else "model"

    def _note_asked(self, points: Sequence[Parameters]) -> None:
        """Count points as DeepHyper's own: it explores less with each, and repeats none."""
        if self._opt is None:
            self._setup_optimizer()
        self._num_asked += len(points)
        names = self._problem.hyperparameter_names
        self._opt.sampled += [[point[name] for name in names] for point in points]
