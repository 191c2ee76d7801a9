import math

import pandas as pd
import pytest

from harness.report.collection import collect
from harness.report.speed_up import ratio_of_means, search_speed_ups, training_speed_ups
from harness.testing.synthetic_search import AMP_SPEED_UP


def by_seed(*values):
    return pd.Series(values, index=range(len(values)), dtype=float)


def test_a_ratio_is_that_of_the_means_over_common_seeds():
    ratio = ratio_of_means(by_seed(10.0, 20.0, 500.0), by_seed(5.0, 15.0))
    assert ratio.value == pytest.approx(30 / 20) and ratio.seeds == (0, 1)


def test_the_interval_resamples_seeds_in_pairs():
    reduced = by_seed(1.0, 10.0, 100.0, 30.0)
    ratio = ratio_of_means(2 * reduced, reduced)
    assert (ratio.low, ratio.high) == pytest.approx((2.0, 2.0))


def test_the_interval_spans_the_ratios_of_single_seeds_at_most():
    ratio = ratio_of_means(by_seed(10.0, 12.0, 15.0), by_seed(10.0, 10.0, 10.0))
    assert 1.0 <= ratio.low < ratio.value < ratio.high <= 1.5


def test_one_seed_has_no_interval():
    ratio = ratio_of_means(by_seed(3.0), by_seed(2.0))
    assert ratio.value == 1.5 and math.isnan(ratio.low) and math.isnan(ratio.high)


def test_without_a_common_seed_there_is_no_ratio():
    assert ratio_of_means(by_seed(3.0), pd.Series([2.0], index=[7])) is None


def test_repetitions_of_a_seed_count_once():
    twice = pd.Series([10.0, 30.0, 40.0], index=[0, 0, 1])
    assert ratio_of_means(twice, by_seed(10.0, 10.0)).value == pytest.approx(60 / 20)


def test_a_single_training_gains_what_its_epochs_gain(write_runs):
    epoch_s = 2.0
    runs = write_runs(precision=["fp32", "amp"], seed=[0, 1], epoch_s=epoch_s)
    collection = collect([runs])
    ((key, ratio),) = training_speed_ups(collection).items()
    assert key == ("digits", "ray", "amp")
    full = collection.table[collection.table["precision"] == "fp32"]["run"]
    train_s = collection.epochs[collection.epochs["run"].isin(full)]["train_s"]
    validate_s = 0.1 * epoch_s * len(train_s)
    expected = (train_s.sum() + validate_s) / (train_s.sum() / AMP_SPEED_UP + validate_s)
    assert ratio.value == pytest.approx(expected)


def test_a_search_gains_more_than_nothing_and_less_than_its_trainings(write_runs):
    collection = collect([write_runs(precision=["fp32", "amp"], algo=["rand", "pbt"], seed=[0, 1])])
    limit = training_speed_ups(collection)["digits", "ray", "amp"].value
    gains = {up.algo: up.ratio.value for up in search_speed_ups(collection)}
    assert 1 < gains["pbt"] < gains["rand"] < limit < AMP_SPEED_UP
