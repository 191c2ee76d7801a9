"""Hand-computed Kaplan–Meier estimates."""

import math

import numpy as np
import pytest

from harness.statistics.time_to_target import reached_by


def test_without_censoring_shares_are_counts():
    found = reached_by(np.array([3.0, 1.0, 2.0, 4.0]), np.zeros(4, dtype=bool))
    assert found.costs.tolist() == [1, 2, 3, 4]
    assert found.shares.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert found.median == 2.0


def test_a_search_that_ended_without_leaves_those_at_risk():
    # At 2 one of four, then one is censored at 3, then at 5 one of the two that are left.
    found = reached_by(np.array([2.0, 3.0, 5.0, 7.0]), np.array([False, True, False, True]))
    assert found.costs.tolist() == [2, 5]
    assert found.shares.tolist() == pytest.approx([1 / 4, 1 - 3 / 4 * 1 / 2])
    assert (found.median, found.reached, found.searches) == (5.0, 2, 4)


def test_where_fewer_than_half_ever_reach_it_there_is_no_median():
    found = reached_by(np.array([2.0, 3.0, 3.0]), np.array([False, True, True]))
    assert math.isinf(found.median) and found.reached == 1


def test_all_censored_is_no_curve():
    found = reached_by(np.array([2.0, 3.0]), np.array([True, True]))
    assert found.reached == 0 and len(found.costs) == 0 and math.isinf(found.median)


@pytest.mark.parametrize("costs", [[], [0.0], [-1.0], [math.nan]])
def test_costs_that_are_none_are_refused(costs):
    with pytest.raises(ValueError, match="positive"):
        reached_by(np.array(costs), np.zeros(len(costs), dtype=bool))
