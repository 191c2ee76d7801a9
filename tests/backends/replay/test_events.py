"""Replays on all engines have the events of an independent simulation."""

import numpy as np
import pytest

from harness.testing.tables import synthetic_table

ENGINES = ("deephyper", "propulate", pytest.param("ray", marks=pytest.mark.slow))


def check_cases(backend, cases, replayed, simulated, told):
    for case in cases:
        generator = np.random.default_rng(case)
        workers = int(generator.integers(1, 6))
        trials = int(generator.integers(workers, 16))
        # Every other case has ties: values of nine steps, times of four.
        table = synthetic_table(12, 9, 2, generator_seed=case, steps=8 if case % 2 else None)
        algo = ("rand", "asha")[case // 2 % 2]
        log = replayed(table, backend, algo, workers, trials, seed=case)
        assert told(log) == simulated(table, algo, workers, trials, seed=case), (
            f"case {case}: {algo}, {workers} workers, {trials} trials"
        )


@pytest.mark.parametrize("backend", ENGINES)
def test_events_are_those_of_an_independent_simulation(backend, replayed, simulated, told):
    check_cases(backend, range(12), replayed, simulated, told)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["deephyper", "propulate", "ray"])
def test_events_are_those_of_a_simulation_in_a_thousand_cases(backend, replayed, simulated, told):
    check_cases(backend, range(1000), replayed, simulated, told)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["deephyper", "propulate", "ray"])
def test_a_replay_has_the_same_log_byte_for_byte_each_time(backend, replayed):
    table = synthetic_table(20, steps=8)
    first, *others = [replayed(table, backend, "asha", 6, 16) for _ in range(20)]
    assert all(other.read_bytes() == first.read_bytes() for other in others)


@pytest.mark.parametrize("backend", ENGINES)
def test_more_workers_than_a_machine_has_cores_take_their_trials_in_order(
    backend, replayed, simulated, told
):
    table = synthetic_table(50, 3, steps=8)
    log = replayed(table, backend, "asha", 64, 200)
    assert told(log) == simulated(table, "asha", 64, 200, rungs=(1,))
