"""Both engines give their members as many turns, and exploit as often."""

import logging
import statistics

import pytest

from tests.backends.simulated_populations import simulate_propulate, simulate_ray

SEEDS = 60


@pytest.fixture(autouse=True)
def quiet():
    """Tune tells of each exploit on the console."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


def means(simulate, members, slots, epochs=8):
    exploits = [simulate(members, slots, epochs, seed).exploits for seed in range(SEEDS)]
    return statistics.mean(exploits), statistics.stdev(exploits) / SEEDS**0.5


@pytest.mark.parametrize(("members", "slots"), [(8, 8), (8, 2), (12, 3)])
def test_members_take_turns_and_exploit_on_both_engines_alike(members, slots):
    one, one_error = means(simulate_ray, members, slots)
    other, other_error = means(simulate_propulate, members, slots)
    assert one > 2 * members / 8
    # Three standard errors, of some 4 %.
    assert abs(one - other) <= 3 * (one_error**2 + other_error**2) ** 0.5, (one, other)
