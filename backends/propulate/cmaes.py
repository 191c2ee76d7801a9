"""CMA-ES with Propulate's propagator.

Propulate 1.2.2 scales every direction of a sample by the smallest standard
deviation, so its covariance matrix does not shape the samples; mean and step
size do adapt. That is the engine's, and is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from propulate import Individual
from propulate.propagators.cmaes import ActiveCMA, BasicCMA, CMAPropagator

from backends.propulate.box_search import BoxSearch, reflect_into_box
from backends.propulate.breeding import Start

SMALLEST_GENERATION = 4
"""Below it the recombination weights degenerate."""


class CovarianceAdaptation(BoxSearch):
    """Samples around a mean that each rank adapts to all individuals it knows of.

    Adaptation begins when the pool that parents come from is full; generations
    are cut so that it is when the initial design is evaluated.

    Parameters
    ----------
    start
        What it begins with.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._adapted = False
        options = start.options
        self._propagator = CMAPropagator(
            ActiveCMA() if options.cma_adapter == "active" else BasicCMA(),
            self._limits,
            pop_size=max(SMALLEST_GENERATION, len(start.initial) // options.cma_pool_size),
            pool_size=options.cma_pool_size,
            rng=start.generator,
        )

    def recall(self, individuals: Sequence[Individual], workers: int) -> None:
        """Adapt the mean once for each move that this rank would have made."""
        for seen in range(self._rank, len(individuals), workers):
            self.move(seen, individuals[:seen])

    def move(self, number: int, individuals: Sequence[Individual]) -> Individual:
        """Return a sample around the mean."""
        self.origin = "model" if self._adapted else "random"
        pool = self._propagator.pool_size * self._propagator.par.lambd
        # A mean that results have moved serves from the next sample on.
        self._adapted = self._adapted or len(individuals) >= pool
        return reflect_into_box(self._propagator(list(individuals)))
