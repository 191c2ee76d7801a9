"""A worker that dies is thrown back to its last state, and no further."""

from __future__ import annotations

import math
from itertools import chain, repeat

import numpy as np
import pytest

from harness.replay.clock import SlotClock, VirtualClock
from harness.replay.costs import ReplayCosts
from harness.replay.failures import Deaths, failure_times

RESTART_S, AGAIN_S = 5.0, 3.0


@pytest.fixture
def slot():
    return SlotClock(VirtualClock(), 0)


def survived(slot, deaths, seconds=10.0, again_s=AGAIN_S):
    """Let an epoch be trained; return the seconds it was thrown back at each death."""
    gone = []

    def thrown_back(back_s):
        gone.append(back_s)
        slot.spend(back_s)

    deaths.survive(seconds, again_s, thrown_back)
    return gone


def dying(slot, *times, restart_s=RESTART_S):
    return Deaths(slot, chain(times, repeat(math.inf)), restart_s)


def test_an_epoch_without_a_death_takes_its_time(slot):
    assert survived(slot, dying(slot, 10.5)) == [] and slot() == 10.0


def test_a_death_costs_the_restart_the_epochs_since_the_last_state_and_the_epoch_so_far(slot):
    assert survived(slot, dying(slot, 4.0)) == [8.0] and slot() == 4.0 + 8.0 + 10.0


def test_a_death_while_the_worker_is_gone_or_trains_again_throws_it_back_from_then_on(slot):
    assert survived(slot, dying(slot, 4.0, 6.0, 13.0)) == [2.0, 7.0, 8.0]
    assert slot() == 13.0 + 8.0 + 10.0


def test_a_worker_that_died_while_idle_is_back_by_the_time_it_is_needed(slot):
    slot.spend(100.0)
    assert survived(slot, dying(slot, 4.0, 97.0), again_s=0.0) == [0.0, 2.0]
    assert slot() == 112.0


@pytest.mark.parametrize(("rate", "restart_s"), [(1.0, 0.2), (3.0, 0.5)])
def test_the_mean_time_of_an_epoch_is_that_of_a_renewal(rate, restart_s):
    # Daly 2006, a segment of work that starts again with each interruption.
    costs = ReplayCosts(failures_per_worker_hour=3600.0 * rate, restart_s=restart_s)
    found = []
    for seed in range(4000):
        slot = SlotClock(VirtualClock(), 0)
        survived(slot, Deaths(slot, failure_times(costs, 0, 1, seed), restart_s), 0.7, 0.0)
        found.append(slot())
    mean = math.exp(rate * restart_s) * (math.exp(rate * 0.7) - 1) / rate
    assert np.mean(found) == pytest.approx(mean, abs=4 * np.std(found) / math.sqrt(len(found)))
