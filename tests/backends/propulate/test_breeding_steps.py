"""What the last individual of a genetic algorithm is, as its steps show it."""

import random
from collections import Counter

import pytest
from propulate import Individual, get_default_propagator

from backends.propulate.breeding_steps import BreedingSteps

NONE = 1 - 1e-9
"""The share of the first parent, which Propulate takes a probability of crossover for."""

LIMITS = {"number": (0, 9), "other": (0, 9), "third": (0, 9)}


def bred(times, **probabilities):
    propagator = get_default_propagator(
        pop_size=4, limits=LIMITS, rng=random.Random(0), **probabilities
    )
    steps = BreedingSteps(propagator.true_prop)
    population = [Individual({name: number for name in LIMITS}, LIMITS) for number in range(4)]
    for individual in population:
        individual.loss = 0.0
    origins = Counter()
    for _ in range(times):
        steps.clear()
        child = propagator(population)
        origins[steps.origin] += 1
        values = {child[name] for name in LIMITS}
        if steps.origin == "copy":
            assert len(values) == 1 and values <= {0, 1, 2, 3}
        if steps.origin == "crossover" and not probabilities["mutation_prob"]:
            assert values <= {0, 1, 2, 3}
    return {origin: count / times for origin, count in origins.items()}


@pytest.mark.parametrize(
    ("crossover", "mutation", "drawn", "origin"),
    [(NONE, 0, 0, "copy"), (NONE, 0, 1, "random"), (NONE, 1, 0, "mutation")],
)
def test_a_step_that_is_certain_is_named(crossover, mutation, drawn, origin):
    shares = bred(200, crossover_prob=crossover, mutation_prob=mutation, random_init_prob=drawn)
    # A mutation can draw the value that was there, one time in ten.
    assert shares[origin] == 1 or (origin == "mutation" and shares[origin] > 0.8)


def test_steps_are_named_as_often_as_they_are_applied():
    shares = bred(4000, crossover_prob=0.7, mutation_prob=0, random_init_prob=0.1)
    assert set(shares) == {"random", "crossover", "copy"}
    assert shares["random"] == pytest.approx(0.1, abs=0.02)
    # All three traits stay the first parent's with a probability of 0.7 each.
    assert shares["crossover"] == pytest.approx(0.9 * (1 - 0.7**3), abs=0.03)


def test_before_there_are_parents_individuals_are_drawn():
    propagator = get_default_propagator(pop_size=4, limits=LIMITS, rng=random.Random(0))
    steps = BreedingSteps(propagator.true_prop)
    propagator([])
    assert steps.origin == "random"
