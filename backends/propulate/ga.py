"""The genetic algorithm: Propulate's default propagator over the translated space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from propulate import Individual, get_default_propagator

from backends.propulate.breeding import Start, Suggestion
from backends.propulate.breeding_steps import BreedingSteps


class GeneticAlgorithm(Suggestion):
    """Selects, crosses and mutates; the initial population is the seed's.

    Parameters
    ----------
    start
        What it begins with.
    parents
        How many of the best individuals breed; of one island.
    """

    def __init__(self, start: Start, parents: int) -> None:
        self._space = start.space
        self._initial = start.initial
        self._limits = start.space.limits
        options = start.options
        self._propagator = get_default_propagator(
            # Crossover takes two.
            pop_size=max(2, parents),
            limits=self._limits,
            crossover_prob=options.crossover_probability,
            mutation_prob=options.mutation_probability,
            random_init_prob=options.random_probability,
            sigma_factor=options.sigma_factor,
            rng=start.generator,
        )
        self._steps = BreedingSteps(self._propagator.true_prop)

    def known(
        self, number: int, config: Mapping[str, Any], individuals: Sequence[Individual]
    ) -> Individual:
        """Return the individual of a configuration."""
        return self._individual(config)

    def suggest(
        self, number: int, individuals: Sequence[Individual]
    ) -> tuple[Individual, Mapping[str, Any]]:
        """Return individual `number` and its configuration."""
        self._steps.clear()
        individual = self._propagator(list(individuals))
        self.origin = self._steps.origin
        return individual, self._space.decode(individual)

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return self._individual(self._initial[0])

    def _individual(self, config: Mapping[str, Any]) -> Individual:
        return Individual(self._space.encode(config), self._limits)
