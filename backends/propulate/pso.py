"""Particle swarm optimization with Propulate's update rules."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from propulate import Individual
from propulate.propagators import pso

from backends.propulate.box_search import BoxSearch, reflect_into_box, seen_as
from backends.propulate.breeding import Start
from backends.propulate.options import PropulateOptions


class ParticleSwarm(BoxSearch):
    """A swarm of as many particles as the initial design has points.

    Propulate binds one particle to each rank. Here the particles take turns on
    the ranks that are free, so that a swarm does not depend on the number of
    workers.

    Parameters
    ----------
    start
        What it begins with; the initial design is where the particles begin.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._rule = _update_rule(start.options, self._limits, start.generator)
        self._start = pso.InitUniformPSO(self._limits, rank=0, rng=start.generator)

    def place(
        self, number: int, point: NDArray[np.float64], individuals: Sequence[Individual]
    ) -> Individual:
        """Return the particle whose turn `number` is by count, at a point.

        Its velocity is the step from where it was before, or random.
        """
        particle = number % len(self._initial)
        own = [i for i in individuals if i.particle == particle and i.task.number < number]
        if own:
            before = max(own, key=lambda individual: individual.task.number)
            velocity = point - before.position
        else:
            velocity = self._start([]).velocity
        return _as_particle(Individual(point, self._limits, velocity=velocity), particle)

    def move(self, number: int, individuals: Sequence[Individual]) -> Individual:
        """Return the next position of the particle whose turn it is."""
        particle = self._whose_turn(number, individuals)
        self.origin = "random" if particle is None else "move"
        if particle is None:
            return _as_particle(self._start([]), number % len(self._initial))
        self._rule.rank = particle
        swarm = [seen_as(i, rank=i.particle, generation=i.task.number) for i in individuals]
        return _as_particle(reflect_into_box(self._rule(swarm)), particle)

    def _whose_turn(self, number: int, individuals: Sequence[Individual]) -> int | None:
        particle = number % len(self._initial)
        latest: dict[int, int] = {}
        for individual in individuals:
            number = max(latest.get(individual.particle, -1), individual.task.number)
            latest[individual.particle] = number
        if particle in latest or not latest:
            return particle if latest else None
        # Its first evaluation is still under way; the one that waits longest goes instead.
        return min(latest, key=lambda other: latest[other])


def _as_particle(individual: Individual, particle: int) -> Individual:
    individual.particle = particle
    return individual


def _update_rule(
    options: PropulateOptions, limits: dict[str, tuple[float, float]], generator: random.Random
) -> pso.BasicPSO:
    pulls = (options.cognitive, options.social)
    if options.pso_variant == "basic":
        return pso.BasicPSO(options.inertia, *pulls, 0, limits, generator)
    if options.pso_variant == "velocity-clamping":
        return pso.VelocityClampingPSO(
            options.inertia, *pulls, 0, limits, generator, v_limits=options.velocity_limit
        )
    if options.pso_variant == "constriction":
        return pso.ConstrictionPSO(*pulls, 0, limits, generator)
    return pso.CanonicalPSO(*pulls, 0, limits, generator)
