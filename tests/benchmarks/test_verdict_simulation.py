"""The cases that point estimates judged wrongly, and the rule that looks after every seed."""

import numpy as np
import pytest

from benchmarks.verdict_simulation import (
    CASES,
    accuracy_coverage,
    bootstrap_coverage,
    coverage,
    is_wrong,
    judged,
    wrong_while_looking,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name[0]}-{case.direction}")
def test_a_case_is_judged_rightly_or_left_open(case):
    found = judged(case, 100, np.random.default_rng(case.direction))
    assert found[case.right] + found["undecided"] >= 0.95


def test_a_loss_that_is_larger_than_the_noise_contradicts():
    from dataclasses import replace

    loss = replace(CASES[2], name="B")
    found = judged(loss, 60, np.random.default_rng(0))
    assert found["supported"] == 0


def test_looking_after_every_seed_is_wrong_as_rarely():
    wrong = wrong_while_looking(2, 0.03, 12, 100, np.random.default_rng(1))
    assert wrong <= 0.05


def test_intervals_cover_where_bootstrap_intervals_of_few_seeds_do_not():
    random = np.random.default_rng(2)
    assert coverage(3, 20_000, random) >= 0.93
    assert bootstrap_coverage(3, 500, random) < 0.85


def test_many_seeds_do_not_make_up_for_a_small_test_set():
    with_error, without = accuracy_coverage(20, 0.95, False, 400, np.random.default_rng(3))
    assert with_error >= 0.93 and without < 0.6


def test_what_is_wrong_follows_from_the_truth():
    assert is_wrong("better", 0.0) and is_wrong("worse", 0.0) and not is_wrong("equivalent", 0.0)
    assert is_wrong("equivalent", 0.5) and is_wrong("better", 0.5) and not is_wrong("worse", 0.5)
    assert not is_wrong("undecided", 0.5)
