"""The budgets of BOHB are those that Ray computes."""

import pytest

from backends.ray.brackets import (
    bracket_budgets,
    results_before_last,
    smallest_budget,
    trials_for_results,
)


@pytest.mark.parametrize(
    ("max_epochs", "reduction_factor", "budgets"),
    [
        (9, 3, [[1, 3, 9], [3, 9], [9]]),
        (81, 3, [[1, 3, 9, 27, 81], [3, 9, 27, 81], [9, 27, 81], [27, 81], [81]]),
        (12, 3, [[1, 3, 9], [4, 12], [12]]),
        (9, 4, [[2, 8], [9]]),
        (1, 4, [[1]]),
        (2, 4, [[2]]),
    ],
)
def test_brackets_multiply_their_first_budget(max_epochs, reduction_factor, budgets):
    assert bracket_budgets(max_epochs, reduction_factor) == budgets


def test_brackets_are_those_of_rays_scheduler():
    from ray.tune.schedulers import HyperBandForBOHB

    for max_epochs in range(1, 130):
        for reduction_factor in range(2, 8):
            scheduler = HyperBandForBOHB(max_t=max_epochs, reduction_factor=reduction_factor)
            first = [scheduler._get_r0(s) for s in reversed(range(scheduler._s_max_1))]
            ours = [budgets[0] for budgets in bracket_budgets(max_epochs, reduction_factor)]
            assert ours == [epochs for epochs in first if epochs > 0]


def test_smallest_budget_is_the_first_rung_of_the_longest_bracket():
    assert smallest_budget(9, 4) == 2


@pytest.mark.parametrize(
    ("trials", "counts"),
    [
        (1, {1: 0, 3: 0, 9: 0}),
        (9, {1: 8, 3: 0, 9: 0}),
        # Nine fill the first bracket: three of them go on, and one of those.
        (10, {1: 9, 3: 3, 9: 1}),
        # Five more fill the second, two of which go on, and three the third.
        (16, {1: 9, 3: 8, 9: 4}),
        (18, {1: 9, 3: 8, 9: 6}),
        (27, {1: 18, 3: 11, 9: 7}),
    ],
)
def test_results_at_each_budget_are_counted_bracket_by_bracket(trials, counts):
    assert results_before_last(trials, 9, 3) == counts


@pytest.mark.parametrize(
    ("needed", "max_epochs", "reduction_factor", "trials"), [(18, 9, 3, 27), (18, 12, 4, 25)]
)
def test_trials_for_a_model_are_the_fewest_that_give_its_results(
    needed, max_epochs, reduction_factor, trials
):
    brackets = (max_epochs, reduction_factor)
    assert trials_for_results(needed, *brackets) == trials
    assert max(results_before_last(trials, *brackets).values()) == needed
    assert max(results_before_last(trials - 1, *brackets).values()) < needed
