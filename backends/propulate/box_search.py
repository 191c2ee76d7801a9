"""Algorithms that move in a continuous box: particle swarm, CMA-ES, Nelder-Mead."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from propulate import Individual

from backends.propulate.breeding import Start, Suggestion
from backends.propulate.traits import BOX


class BoxSearch(Suggestion):
    """Suggests points of the box.

    Parameters
    ----------
    start
        What it begins with.
    """

    def __init__(self, start: Start) -> None:
        self._space = start.space
        self._initial = start.initial
        self._rank = start.rank
        self._limits = start.space.box_limits

    def known(
        self, number: int, config: Mapping[str, Any], individuals: Sequence[Individual]
    ) -> Individual:
        """Return individual `number`, which stands for a configuration."""
        return self.place(number, self._space.to_box(config), individuals)

    def suggest(
        self, number: int, individuals: Sequence[Individual]
    ) -> tuple[Individual, Mapping[str, Any]]:
        """Return individual `number` and its configuration."""
        individual = self.move(number, individuals)
        return individual, self._space.from_box(individual.position)

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return Individual(self._space.to_box(self._initial[0]), self._limits)

    def place(
        self, number: int, point: NDArray[np.float64], individuals: Sequence[Individual]
    ) -> Individual:
        """Return individual `number` at a point, in view of those evaluated."""
        return Individual(point, self._limits)

    @abstractmethod
    def move(self, number: int, individuals: Sequence[Individual]) -> Individual:
        """Return individual `number`, within the box, in view of those evaluated."""


def reflect_into_box(individual: Individual) -> Individual:
    """Reflect an individual that left the box at the walls it went through.

    Propulate lets them leave. A velocity turns round with the reflection.
    """
    low, high = BOX
    width = high - low
    place = np.nan_to_num(individual.position - low, posinf=0.0, neginf=0.0)
    turns = np.mod(place, 2.0 * width)
    reflected = turns > width
    position = low + np.where(reflected, 2.0 * width - turns, turns)
    for key, coordinate in zip(individual.limits, position, strict=True):
        individual[key] = float(coordinate)
    if individual.velocity is not None:
        individual.velocity = np.where(reflected, -individual.velocity, individual.velocity)
    return individual


def seen_as(individual: Individual, *, rank: int, generation: int) -> Individual:
    """Return an individual as a propagator is to see it.

    Some propagators read a search's history from the rank and the generation
    that Propulate gives to each individual.
    """
    view = copy.copy(individual)
    view.rank, view.generation = rank, generation
    return view
