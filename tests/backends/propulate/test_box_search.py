from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("propulate")

from propulate import Individual

from backends.propulate.box_search import reflect_into_box
from backends.propulate.breeding import Start, with_task
from backends.propulate.cmaes import CovarianceAdaptation
from backends.propulate.nelder_mead import SimplexSearch
from backends.propulate.options import PropulateOptions
from backends.propulate.pso import ParticleSwarm
from backends.propulate.translation import TranslatedSpace
from harness.space import sample_configurations
from harness.testing.workloads import ContinuousWorkload
from harness.trial import numbered_trial

pytestmark = pytest.mark.slow

LIMITS = {"a": (-1.0, 1.0), "b": (-1.0, 1.0)}


def test_individuals_are_reflected_at_the_walls():
    individual = Individual(np.array([1.25, -3.5]), LIMITS, velocity=np.array([0.5, -1.0]))
    reflected = reflect_into_box(individual)
    assert reflected.position.tolist() == [0.75, -0.5 + 1.0]
    assert reflected.velocity.tolist() == [-0.5, -1.0]


def test_an_individual_inside_stays_where_it_is():
    individual = reflect_into_box(Individual(np.array([-1.0, 0.3]), LIMITS))
    assert individual.position.tolist() == pytest.approx([-1.0, 0.3])


def test_what_is_no_number_comes_back_into_the_box():
    individual = reflect_into_box(Individual(np.array([np.nan, np.inf]), LIMITS))
    assert (np.abs(individual.position) <= 1.0).all()


def loss(config):
    """A bowl whose bottom lies inside of the space."""
    return (
        (np.log10(config["lr"]) + 2.0) ** 2
        + (20.0 * config["weight_decay"] - 0.6) ** 2
        + 0.1 * (config["warmup_epochs"] - 4) ** 2
        + 0.1 * (np.log2(config["width"]) - 5) ** 2
    )


def bred(worker, number, initial, individuals):
    """Return individual `number` and its configuration, as a search in its first session has it."""
    if number < len(initial):
        return worker.known(number, initial[number], individuals), initial[number]
    return worker.suggest(number, individuals)


def searched(algorithm, seed, trials=90, population=15, ranks=3, **options):
    """Evaluate one individual after the other, several ranks taking turns at random."""
    space = ContinuousWorkload().space()
    initial = sample_configurations(space, population, seed)
    generator = random.Random(seed)
    workers = []
    for rank in range(ranks):
        own = random.Random(1000 * seed + rank)
        start = Start(TranslatedSpace(space), initial, rank, PropulateOptions(**options), own)
        workers.append(algorithm(start))
    individuals, losses = [], []
    for number in range(trials):
        individual, config = bred(generator.choice(workers), number, initial, individuals)
        for name, value in config.items():
            assert space[name].legal_value(value)
        individual.loss = float(loss(config))
        individuals.append(with_task(individual, numbered_trial(number, config)))
        losses.append(individual.loss)
    assert [i.task.config for i in individuals[:population]] == initial
    return losses


@pytest.mark.parametrize("variant", ["basic", "velocity-clamping", "constriction", "canonical"])
def test_a_swarm_finds_better_points_than_it_began_with(variant):
    runs = [searched(ParticleSwarm, seed, pso_variant=variant) for seed in range(5)]
    assert np.mean([min(run) / min(run[:15]) for run in runs]) < 0.7


@pytest.mark.parametrize("adapter", ["basic", "active"])
def test_the_mean_of_cmaes_moves_towards_better_points(adapter):
    runs = [
        searched(CovarianceAdaptation, seed, trials=200, cma_adapter=adapter, cma_pool_size=3)
        for seed in range(5)
    ]
    assert np.mean([np.median(run[-40:]) / np.median(run[:15]) for run in runs]) < 0.5


def test_a_simplex_finds_better_points_than_it_began_with():
    runs = [searched(SimplexSearch, seed) for seed in range(5)]
    assert np.mean([min(run) / min(run[:15]) for run in runs]) < 0.6


def test_a_simplex_expands_contracts_and_reflects():
    from propulate.propagators import ParallelNelderMead

    taken = set()
    original = ParallelNelderMead.__call__

    def spy(self, inds):
        individual = original(self, inds)
        taken.add(self.step)
        return individual

    ParallelNelderMead.__call__ = spy
    try:
        searched(SimplexSearch, seed=0, ranks=1)
    finally:
        ParallelNelderMead.__call__ = original
    assert {"reflect", "expand", "outercontract"} <= taken


def swarm_of(space, initial):
    start = Start(TranslatedSpace(space), initial, 0, PropulateOptions(), random.Random(0))
    return ParticleSwarm(start)


def test_particles_take_turns_whatever_rank_is_free():
    space = ContinuousWorkload().space()
    initial = sample_configurations(space, 4, 0)
    swarm = swarm_of(space, initial)
    individuals = []
    for number in range(12):
        individual, config = bred(swarm, number, initial, individuals)
        individual.loss = float(loss(config))
        individuals.append(with_task(individual, numbered_trial(number, config)))
    assert [individual.particle for individual in individuals] == [0, 1, 2, 3] * 3


def test_a_particle_under_way_does_not_hold_the_swarm_up():
    space = ContinuousWorkload().space()
    initial = sample_configurations(space, 2, 0)
    swarm = swarm_of(space, initial)
    first, config = bred(swarm, 0, initial, [])
    first.loss = 1.0
    with_task(first, numbered_trial(0, config))
    moved, _config = swarm.suggest(3, [first])
    assert moved.particle == 0
    fresh, _config = swarm.suggest(3, [])
    assert fresh.particle == 1
