"""The budgets of BOHB are those that Ray computes."""

import pytest

from backends.ray.brackets import bracket_budgets, smallest_budget


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
