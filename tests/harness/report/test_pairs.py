import math

import pandas as pd
import pytest

from harness.report.collection import collect
from harness.report.pairs import agreement, pairs_section
from harness.report.precision_pairs import paired_epochs, paired_trials
from harness.report.speed_up import training_speed_ups
from harness.testing.synthetic_search import AMP_SPEED_UP


def test_the_same_order_agrees_wholly():
    found = agreement(pd.Series([0.1, 0.5, 0.9]), pd.Series([0.2, 0.4, 0.8]), "max")
    assert found.spearman == pytest.approx(1) and found.kendall == pytest.approx(1)
    assert found.same_winner and found.regret == 0


def test_another_winner_is_told_with_what_it_costs():
    full, reduced = pd.Series([0.7, 0.9, 0.8]), pd.Series([0.7, 0.8, 0.9])
    found = agreement(full, reduced, "max")
    assert not found.same_winner and found.regret == pytest.approx(0.1)
    assert found.kendall == pytest.approx(1 / 3)


def test_errors_are_best_where_they_are_smallest():
    found = agreement(pd.Series([0.3, 0.1]), pd.Series([0.2, 0.4]), "min")
    assert not found.same_winner and found.regret == pytest.approx(0.2)


def test_values_that_do_not_vary_have_no_correlation():
    found = agreement(pd.Series([0.5, 0.5]), pd.Series([0.1, 0.2]), "max")
    assert math.isnan(found.spearman) and found.same_winner


def test_configurations_of_random_search_are_paired_by_number_and_seed(write_runs):
    collection = collect([write_runs(precision=["fp32", "amp"], seed=[0, 1], trials=5, epochs=3)])
    trials = paired_trials(collection)
    assert len(trials) == 10 and set(trials["seed"]) == {0, 1}
    assert (trials["full_trial"] == trials["reduced_trial"]).all()
    epochs = paired_epochs(collection)
    assert len(epochs) == 30
    assert (epochs["full_s"] / epochs["reduced_s"]).between(1, AMP_SPEED_UP).all()


def test_only_random_search_is_paired(write_runs):
    runs = write_runs(precision=["fp32", "amp"], algo=["asha", "pbt"], trials=4, epochs=3)
    collection = collect([runs])
    assert paired_trials(collection).empty and paired_epochs(collection).empty
    assert "No random search" in pairs_section(collection).missing


def test_every_pair_of_searches_has_a_row(write_runs):
    runs = write_runs(backend=["ray", "propulate"], precision=["fp32", "amp"], seed=[0, 1])
    data = pairs_section(collect([runs])).tables[0].data
    assert list(data["search"]) == ["propulate rand", "ray rand"]
    assert data["speed_up_median"].between(1, AMP_SPEED_UP).all()
    assert (data["spearman"] > 0.8).all() and (data["configurations"] == 16).all()


def test_another_data_order_of_the_baseline_is_the_control(write_runs):
    folder = write_runs(precision=["fp32", "amp"], training_seed=[0, 1, 2], trials=5, epochs=3)
    trials = paired_trials(collect([folder]))
    counts = trials.groupby("precision")["block"].nunique().to_dict()
    assert counts == {"amp": 3, "fp32, other data order": 2}
    control = trials[trials["precision"] != "amp"]
    assert (control["full_value"] != control["reduced_value"]).any()
    assert not training_speed_ups(collect([folder])).keys() - {
        ("digits", "ray", "amp"),
        ("digits", "ray", "fp32, other data order"),
    }
