"""Intervals hold the truth as often as they say."""

import math

import numpy as np
import pytest

from harness.statistics.intervals import (
    mean_interval,
    sequential_half_width,
    sequential_interval,
    t_half_width,
    with_sampling,
)

DRAWS = {
    "normal": lambda random, shape: random.normal(0, 1, shape),
    "skewed": lambda random, shape: random.gamma(16, 1 / 16, shape) - 1,
    "heavy tails": lambda random, shape: random.standard_t(5, shape),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=list(DRAWS))
@pytest.mark.parametrize("n", [2, 3, 5, 10, 20])
def test_a_paired_interval_holds_the_truth_in_93_percent_of_studies_at_least(n, draw):
    values = draw(np.random.default_rng(n), (20_000, n))
    reach = t_half_width(n, 0.05) * values.std(axis=1, ddof=1)
    assert (np.abs(values.mean(axis=1)) <= reach).mean() >= 0.93


def test_an_interval_is_the_mean_and_the_reach_of_its_values():
    interval = mean_interval(np.array([1.0, 2.0, 6.0]))
    reach = t_half_width(3, 0.05) * math.sqrt(7)
    assert (interval.mean, interval.n) == (3.0, 3)
    assert (interval.low, interval.high) == pytest.approx((3 - reach, 3 + reach))


def test_however_often_one_looks_the_truth_is_missed_once_in_twenty_studies_at_most():
    most = 40
    values = np.random.default_rng(0).normal(0, 1, (4_000, most))
    missed = np.zeros(len(values), dtype=bool)
    fixed = missed.copy()
    for n in range(2, most + 1):
        seen = values[:, :n]
        size, deviation = np.abs(seen.mean(axis=1)), seen.std(axis=1, ddof=1)
        missed |= size > sequential_half_width(n, 0.05) * deviation
        fixed |= size > t_half_width(n, 0.05) * deviation
    assert missed.mean() <= 0.05
    # What looking costs with intervals that are made for one look.
    assert fixed.mean() > 0.2


def test_looking_often_makes_intervals_wider():
    values = np.random.default_rng(1).normal(0, 1, 10)
    one, always = mean_interval(values), sequential_interval(values)
    assert always.low < one.low < one.high < always.high


def test_one_value_has_no_interval():
    interval = mean_interval(np.array([2.0]))
    assert interval.mean == 2.0 and not interval.known


def test_values_that_coincide_away_from_zero_show_no_spread():
    assert not mean_interval(np.array([0.01, 0.01])).known
    same = mean_interval(np.array([0.0, 0.0]))
    assert (same.low, same.high) == (0.0, 0.0)


def test_no_value_is_no_mean():
    assert math.isnan(mean_interval(np.array([])).mean)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("n", [2, 3, 5, 10, 20])
def test_with_an_error_that_all_values_share_the_truth_is_held_as_often(n, ratio):
    random = np.random.default_rng(n)
    values = random.normal(0, 1, (20_000, n)) + random.normal(0, ratio, (20_000, 1))
    own = t_half_width(n, 0.05) * values.std(axis=1, ddof=1)
    reach = np.array([with_sampling(one, 0.05, ratio**2) for one in own])
    means = np.abs(values.mean(axis=1))
    assert (means <= reach).mean() >= 0.93
    if n >= 5 and ratio >= 1:
        # What is left out of an interval that the values alone make.
        assert (means <= own).mean() < 0.75


def test_a_shared_error_is_added_by_squares_and_leaves_what_has_none_alone():
    values = np.array([0.1, 0.2, 0.4])
    alone, shared = mean_interval(values), mean_interval(values, sampling=0.01)
    wider = math.hypot(alone.high - alone.mean, 1.959964 * 0.1)
    assert shared.high - shared.mean == pytest.approx(wider)
    assert mean_interval(values, sampling=0.0) == alone


def test_values_that_coincide_have_the_shared_error_left():
    interval = mean_interval(np.array([0.0, 0.0]), sampling=0.01)
    assert (interval.low, interval.high) == pytest.approx((-0.1959964, 0.1959964))
