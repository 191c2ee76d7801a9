"""Against hand-computed cases and numbers of rliable 1.2.0.

Those are of `rliable.metrics.aggregate_iqm` and `probability_of_improvement` and of
`rliable.library.get_interval_estimates(…, reps=20000)` on the scores made here.
"""

import numpy as np
import pytest

from harness.statistics.aggregates import (
    improvement_interval,
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
)

RLIABLE = {
    "iqm": 0.48218254776639785,
    "iqm_interval": (0.4586780815, 0.5066738728),
    "improvement": 0.4166666666666667,
}


def scores(seed):
    """Twelve runs of three tasks."""
    return np.random.default_rng(seed).normal([0.2, 0.5, 0.7], 0.1, (12, 3)).T


def test_the_middle_half_is_averaged():
    assert interquartile_mean([np.array([0.0, 1.0]), np.array([2.0, 100.0])]) == 1.5


def test_the_interquartile_mean_is_that_of_rliable():
    assert interquartile_mean(list(scores(0))) == pytest.approx(RLIABLE["iqm"], abs=1e-12)


def test_a_chance_is_the_share_of_pairs_that_are_won_ties_by_half():
    first, second = [np.array([1.0, 2.0])], [np.array([1.0, 0.0])]
    assert probability_of_improvement(first, second) == (0.5 + 3) / 4


def test_the_probability_of_improvement_is_that_of_rliable():
    found = probability_of_improvement(list(scores(0)), list(scores(1)))
    assert found == pytest.approx(RLIABLE["improvement"], abs=1e-12)


def test_the_stratified_interval_is_that_of_rliable():
    found = interquartile_interval(list(scores(0)), np.random.default_rng(0))
    assert found == pytest.approx(RLIABLE["iqm_interval"], abs=0.01)


def test_the_interval_of_a_probability_holds_it():
    one, other = list(scores(0)), list(scores(1))
    low, high = improvement_interval(one, other, np.random.default_rng(0))
    assert low < probability_of_improvement(one, other) < high
    assert 0.1 < high - low < 0.5


def test_few_runs_have_no_interval():
    few, random = [np.arange(3.0)], np.random.default_rng(0)
    assert interquartile_interval(few, random) is None
    assert improvement_interval(few, few, random) is None


def test_other_tasks_do_not_compare():
    with pytest.raises(ValueError, match="same tasks"):
        probability_of_improvement([np.ones(2)], [])
