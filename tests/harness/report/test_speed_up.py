import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from harness.report.collection import collect
from harness.report.speed_up import paired_ratio, search_speed_ups, training_speed_ups
from harness.testing.synthetic_search import AMP_SPEED_UP


def by_seed(*values):
    return pd.Series(values, index=range(len(values)), dtype=float)


def test_a_ratio_is_the_geometric_mean_over_common_seeds():
    ratio = paired_ratio(by_seed(10.0, 20.0, 500.0), by_seed(5.0, 5.0))
    assert ratio.value == pytest.approx(math.sqrt(2 * 4)) and list(ratio.by_block) == ["0", "1"]


def test_the_interval_is_students_on_logarithms():
    full = by_seed(10.0, 12.0, 15.0)
    ratio = paired_ratio(full, by_seed(10.0, 10.0, 10.0))
    logs = np.log(full / 10.0)
    reach = stats.t.ppf(0.975, 2) * logs.std() / math.sqrt(3)
    assert ratio.low == pytest.approx(math.exp(logs.mean() - reach))
    assert ratio.high == pytest.approx(math.exp(logs.mean() + reach))


def test_the_published_three_seeds_have_a_wider_interval_than_their_extremes():
    ratio = paired_ratio(by_seed(1.24, 1.38, 1.59), by_seed(1.0, 1.0, 1.0))
    assert ratio.low < 1.24 and ratio.high > 1.59


def test_one_seed_has_no_interval():
    ratio = paired_ratio(by_seed(3.0), by_seed(2.0))
    assert ratio.value == 1.5 and math.isnan(ratio.low) and math.isnan(ratio.high)


def test_without_a_common_seed_there_is_no_ratio():
    assert paired_ratio(by_seed(3.0), pd.Series([2.0], index=[7])) is None


@pytest.mark.parametrize("cost", [0.0, -1.0, math.nan])
def test_a_cost_that_is_not_above_zero_enters_no_ratio(cost):
    assert paired_ratio(by_seed(cost), by_seed(2.0)) is None
    assert paired_ratio(by_seed(2.0), by_seed(cost)) is None


def test_repetitions_of_a_seed_count_once():
    twice = pd.Series([10.0, 30.0, 40.0], index=[0, 0, 1])
    ratio = paired_ratio(twice, by_seed(10.0, 10.0))
    assert ratio.n == 2 and ratio.value == pytest.approx(math.sqrt(2 * 4))


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
