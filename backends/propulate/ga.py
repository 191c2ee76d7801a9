"""The genetic algorithm: Propulate's default propagator over the translated space."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from propulate import Individual, get_default_propagator

from backends.propulate.breeding_steps import BreedingSteps
from backends.propulate.options import PropulateOptions
from backends.propulate.translation import TranslatedSpace
from harness.trial import Origin


class GeneticAlgorithm:
    """Selects, crosses and mutates; the initial population is the seed's.

    Parameters
    ----------
    space
        The translated space.
    initial
        The initial population.
    parents
        How many of the best individuals breed; of one island.
    options
        The probabilities.
    generator
        The source of randomness.
    """

    origin: Origin = "random"

    def __init__(
        self,
        space: TranslatedSpace,
        initial: Sequence[Mapping[str, Any]],
        parents: int,
        options: PropulateOptions,
        generator: random.Random,
    ) -> None:
        self._space = space
        self._initial = initial
        self._limits = space.limits
        self._propagator = get_default_propagator(
            # Crossover takes two.
            pop_size=max(2, parents),
            limits=self._limits,
            crossover_prob=options.crossover_probability,
            mutation_prob=options.mutation_probability,
            random_init_prob=options.random_probability,
            sigma_factor=options.sigma_factor,
            rng=generator,
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

    def recall(self, individuals: Sequence[Individual], workers: int) -> None:
        """Do nothing: all that the propagator knows is in the population."""

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return self._individual(self._initial[0])

    def _individual(self, config: Mapping[str, Any]) -> Individual:
        return Individual(self._space.encode(config), self._limits)
