"""The Nelder-Mead method with Propulate's parallel propagator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from propulate import Individual
from propulate.propagators import ParallelNelderMead

from backends.propulate.box_search import BoxSearch, reflect_into_box, seen_as
from backends.propulate.breeding import Start
from backends.propulate.traits import BOX

_SOMEBODY_ELSES = -2
_BEFORE_A_REFLECTION = "expand"
_DRAWN = frozenset({"init", "desperation"})
"""Steps of the propagator that use no simplex."""


class SimplexSearch(BoxSearch):
    """Moves the simplex of the best points; each rank makes its own moves.

    The propagator chooses a move by what became of its last one, which it
    looks for under its own count of moves. Propulate numbers individuals one
    behind that count, so it would never find it; here it does.

    Parameters
    ----------
    start
        What it begins with. Where the initial design has fewer points than a simplex,
        the rest is drawn around the best.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        low, high = BOX
        self._propagator = ParallelNelderMead(
            self._limits,
            start.generator,
            start=np.zeros(len(self._limits)),
            scale=start.options.simplex_scale * (high - low),
        )

    def recall(self, individuals: Sequence[Individual], workers: int) -> None:
        """Go on with a reflection of the best points, instead of a simplex drawn anew."""
        if individuals:
            self._propagator.step = _BEFORE_A_REFLECTION

    def move(self, number: int, individuals: Sequence[Individual]) -> Individual:
        """Return the point that this rank's next move leads to."""
        if individuals:
            self._propagator.start = min(individuals, key=lambda i: i.loss).position
        individual = reflect_into_box(self._propagator([self._seen(i) for i in individuals]))
        drawn = self._propagator.step in _DRAWN
        # It is drawn around the best.
        self.origin = ("mutation" if individuals else "random") if drawn else "move"
        individual.maker, individual.move = self._rank, self._propagator.generation
        return individual

    def _seen(self, individual: Individual) -> Individual:
        own = getattr(individual, "maker", None) == self._rank
        return seen_as(
            individual,
            rank=individual.rank,
            generation=individual.move if own else _SOMEBODY_ELSES,
        )
