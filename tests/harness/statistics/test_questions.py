"""Verdicts: what they say of made-up seeds, how often they are wrong, and bad input."""

import math

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from harness.statistics.intervals import mean_interval
from harness.statistics.levels import levels_of, sequential_level, t_level
from harness.statistics.multiplicity import adjusted_levels
from harness.statistics.questions import Claim, Question, judge
from harness.statistics.regions import comparison_regions
from harness.statistics.seeds_needed import MOST_SEEDS, decided_probability, seeds_needed


def ask(*values, scale="ratio", margin=0.02, **settings):
    return Question("f", "q", "s", "a ÷ b", values, scale, margin, **settings)


def outcome(*values, **settings):
    return judge([ask(*values, **settings)])[0].outcome


def test_a_clear_difference_is_better_or_worse():
    assert outcome(0.88, 0.90, 0.86) == "better"
    assert outcome(1.12, 1.10, 1.14) == "worse"
    more = {"scale": "difference", "margin": 0.01, "less_is_better": False}
    assert outcome(0.05, 0.06, 0.055, **more) == "better"
    assert outcome(-0.05, -0.06, -0.055, **more) == "worse"


def test_ratios_within_the_margin_are_equivalent():
    assert outcome(1.001, 0.999, 1.002, 0.998) == "equivalent"


def test_what_is_faster_by_less_than_the_margin_is_equivalent():
    (verdict,) = judge([ask(0.995, 0.996, 0.994, 0.995)])
    assert verdict.outcome == "equivalent" and verdict.high < 1


def test_an_equivalent_interval_lies_within_its_margin():
    random = np.random.default_rng(2)
    for _study in range(200):
        (verdict,) = judge([ask(*np.exp(random.normal(0, 0.015, 6)))], plan=False)
        if verdict.outcome == "equivalent":
            assert verdict.low > 1 / 1.02 and verdict.high < 1.02
        if verdict.outcome in {"better", "worse"}:
            assert not verdict.low <= 1 <= verdict.high


def test_one_seed_decides_nothing_and_asks_for_no_number_of_seeds():
    (verdict,) = judge([ask(0.5)])
    assert verdict.outcome == "undecided" and verdict.more_seeds is None
    assert math.isnan(verdict.low)


def test_seeds_that_coincide_decide_nothing_unless_they_are_the_same():
    assert outcome(0.9, 0.9) == "undecided"
    assert outcome(1.0, 1.0) == "equivalent"


def test_with_a_margin_of_zero_nothing_is_equivalent():
    assert outcome(1.0, 1.0, margin=0.0) == "undecided"
    assert outcome(0.8, 0.81, 0.79, margin=0.0) == "better"


@pytest.mark.parametrize("values", [(0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (math.inf,)])
def test_ratios_that_are_none_are_refused(values):
    with pytest.raises(ValueError, match="ratios above 0"):
        ask(*values)


@pytest.mark.parametrize("margin", [-0.1, math.nan, math.inf])
def test_margins_that_are_none_are_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        ask(1.0, margin=margin)


def test_no_seed_is_undecided():
    (verdict,) = judge([ask()])
    assert verdict.outcome == "undecided" and math.isnan(verdict.estimate)


def test_a_claim_is_supported_contradicted_or_open():
    at_most = {"claim": Claim(high=1.02)}
    assert outcome(0.9, 0.91, 0.89, **at_most) == "supported"
    assert outcome(1.2, 1.21, 1.19, **at_most) == "contradicted"
    assert outcome(0.9, 1.2, 1.0, **at_most) == "undecided"
    within = {"claim": Claim(-0.01, 0.01), "scale": "difference"}
    assert outcome(0.001, -0.001, 0.0005, **within) == "supported"
    assert outcome(-0.15, -0.16, -0.14, **within) == "contradicted"


def test_levels_are_those_of_the_tests_of_statsmodels():
    values = np.random.default_rng(3).normal(0.01, 0.02, 7)
    levels = levels_of(mean_interval(values), comparison_regions(0.05))
    described = DescrStatsW(values)
    assert levels["above"] == pytest.approx(described.ttest_mean(0)[1])
    assert levels["equivalent"] == pytest.approx(2 * described.ttost_mean(-0.05, 0.05)[0])


def test_without_equivalence_the_family_is_holms():
    levels = [0.004, 0.03, 0.012, 0.6, 0.02]
    adjusted = adjusted_levels([{"above": level} for level in levels])
    expected = multipletests(levels, method="holm")[1]
    assert [own["above"] for own in adjusted] == pytest.approx(list(expected))


def test_a_decided_question_frees_its_level_only_if_it_cannot_be_wrong_any_more():
    questions = [{"equivalent": 0.001, "above": 0.002}, {"equivalent": 1.0, "above": 0.04}]
    adjusted = adjusted_levels(questions)
    assert adjusted[0] == {"equivalent": 0.002, "above": 0.004}
    assert adjusted[1]["above"] == 0.04
    open_ = adjusted_levels([{"equivalent": 0.9, "above": 0.002}, questions[1]])
    assert open_[1]["above"] == 0.08


def test_the_level_of_an_interval_is_where_it_ends():
    interval = mean_interval(np.array([0.1, 0.2, 0.4, 0.3]), level=0.03)
    assert t_level(interval.mean - interval.low, interval) == pytest.approx(0.03)


def test_the_sequential_level_is_where_the_sequential_interval_ends():
    from harness.statistics.intervals import sequential_interval

    interval = sequential_interval(np.array([0.1, 0.2, 0.4, 0.3, 0.25, 0.2, 0.1]), level=0.03)
    assert sequential_level(interval.mean - interval.low, interval) == pytest.approx(0.03)


def study(random, n, effects, deviation, **settings):
    """A family of questions, one for each effect."""
    return judge(
        [ask(*np.exp(random.normal(effect, deviation, n)), **settings) for effect in effects],
        plan=False,
    )


@pytest.mark.parametrize(
    "n, deviation", [(3, 0.05), pytest.param(10, 0.02, marks=pytest.mark.slow)]
)
def test_of_1000_studies_without_an_effect_one_in_twenty_is_wrong_at_most(n, deviation):
    random = np.random.default_rng(n)
    wrong = [
        any(v.outcome in {"better", "worse"} for v in study(random, n, [0.0] * 6, deviation))
        for _study in range(1_000)
    ]
    # The deviation of the share itself is 0.7 percentage points.
    assert np.mean(wrong) <= 0.05 + 2 * 0.007


def test_effects_and_none_in_one_family_are_wrong_as_rarely():
    random = np.random.default_rng(5)
    effects = [0.0, 0.0, 0.0, math.log(1.02), math.log(1.02), 0.3]
    wrong = []
    for _study in range(1_000):
        found = [v.outcome for v in study(random, 6, effects, 0.01)]
        differs = {"better", "worse"} & set(found[:3])
        wrong.append(bool(differs) or bool({"equivalent", "better"} & set(found[3:])))
    assert np.mean(wrong) <= 0.05 + 2 * 0.007


def test_a_planted_effect_is_found_with_the_power_that_was_reckoned():
    random = np.random.default_rng(6)
    effect, deviation = math.log(1.05), 0.04
    regions = comparison_regions(math.log(1.02))
    n = next(
        n for n in range(2, 50) if decided_probability(n, effect, deviation, regions, 0.05) >= 0.8
    )
    found = [study(random, n, [effect], deviation)[0].outcome for _study in range(1_000)]
    assert 0.76 <= np.mean([each != "undecided" for each in found]) <= 0.86
    assert np.mean([each == "worse" for each in found]) >= 0.75


def test_more_seeds_are_those_that_the_pilots_spread_asks_for():
    (verdict,) = judge([ask(1.0, 1.06, 1.02)])
    assert verdict.outcome == "undecided" and 3 <= verdict.more_seeds <= 60
    (noisy,) = judge([ask(1.0, 1.6, 0.8)])
    assert noisy.more_seeds > verdict.more_seeds


def test_where_no_number_of_seeds_decides_that_is_what_comes_out():
    pilot = mean_interval(np.array([0.02, 0.021, 0.019]))
    on_the_margin = comparison_regions(0.0)[:0]
    assert seeds_needed(pilot, on_the_margin) == MOST_SEEDS + 1


@pytest.mark.parametrize("sequential", [False, True])
def test_levels_with_a_shared_error_are_those_at_which_the_interval_ends_there(sequential):
    from harness.statistics.intervals import sequential_interval

    values = np.array([0.1, 0.2, 0.4, 0.3, 0.25, 0.2, 0.1])
    make = sequential_interval if sequential else mean_interval
    level_of = sequential_level if sequential else t_level
    interval = make(values, level=0.03, sampling=0.002)
    assert level_of(interval.mean - interval.low, interval) == pytest.approx(0.03, rel=1e-6)


def an_accuracy(sampling):
    values = (0.020, 0.021, 0.019, 0.0205)
    return Question(
        "f", "test accuracy", "s", "a - b", values, "difference", 0.01, False, sampling=sampling
    )


def test_a_small_test_set_leaves_open_what_its_seeds_would_decide():
    (large,), (small,) = judge([an_accuracy(1e-6)]), judge([an_accuracy(0.016**2)])
    assert (large.outcome, small.outcome) == ("better", "undecided")
    # No number of seeds makes a test set larger.
    assert small.more_seeds == MOST_SEEDS + 1 - small.interval.n
