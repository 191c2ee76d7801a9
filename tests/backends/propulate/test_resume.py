"""Searches that were cut off, and what a later session makes of them."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from harness.rules.halving import continues_beyond_rung
from harness.space import sample_configurations
from harness.testing.workloads import ContinuousWorkload

pytestmark = pytest.mark.slow

CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"
TRIALS, EPOCHS = 14, 4
CUT_AFTER_S = 0.5
EPOCH_S = 0.04
SUGGESTING = ("ga", "pso", "cmaes", "nelder-mead")
ALGORITHMS = ("rand", "asha", *SUGGESTING, "islands", "pbt")


def request_of(name):
    settings = {
        "algo": {"islands": "ga"}.get(name, name),
        "workload": CONTINUOUS,
        "trials": 6 if name == "pbt" else TRIALS,
        "epochs": 6 if name == "pbt" else EPOCHS,
        "workload_options": {"epoch_s": EPOCH_S},
    }
    if name == "islands":
        settings["engine"] = {"islands": 2}
    if name == "asha":
        settings["reduction_factor"] = 2
    return settings


@pytest.fixture(scope="module")
def cut_off(searches):
    requests = {name: {**request_of(name), "time_limit": CUT_AFTER_S} for name in ALGORITHMS}
    return searches.run(2, requests)


@pytest.fixture(scope="module")
def resumed(searches, cut_off):
    return searches.resume(3, cut_off, time_limit=None)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_search_that_was_cut_off_is_completed_on_more_workers(cut_off, resumed, name):
    before, search = cut_off[name], resumed[name]
    assert before.summary["unfinished_trials"] > 0
    assert (search.summary["unfinished_trials"], search.summary["sessions"]) == (0, 2)
    assert set(search.trials["status"]) <= {"completed", "stopped"}
    assert set(search.trials["number"]) == set(range(search.config.trials))
    if name != "pbt":
        assert len(search.trials) == TRIALS


@pytest.mark.parametrize("name", ALGORITHMS)
def test_no_epoch_is_trained_twice_or_left_out(resumed, name):
    search = resumed[name]
    trained = Counter(
        (event["trial_id"], event["epoch"])
        for event in search.events()
        if event["event"] == "epoch"
    )
    assert set(trained.values()) == {1}
    for trial in search.trials.itertuples():
        begin = int(trial.parent_epoch or 0)
        epochs = sorted(epoch for name, epoch in trained if name == trial.trial_id)
        assert epochs == list(range(begin + 1, begin + 1 + len(epochs)))
        if trial.status == "completed":
            assert begin + len(epochs) == search.config.epochs


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_ledger_of_both_sessions_sums_to_their_time(resumed, name):
    summary = resumed[name].summary
    booked = resumed[name].spans
    assert sum(summary["ledger"].values()) == pytest.approx(
        float((booked["end_s"] - booked["start_s"]).sum())
    )


@pytest.mark.parametrize("name", ["rand", "asha"])
def test_the_configurations_are_the_seeds(resumed, name):
    expected = sample_configurations(ContinuousWorkload().space(), TRIALS, 0)
    trials = resumed[name].trials.sort_values("number")
    assert [json.loads(config) for config in trials["config"]] == expected


def test_rungs_remember_what_earlier_sessions_recorded(cut_off, resumed):
    search, rung = resumed["asha"], 1
    at = search.epochs[search.epochs["epoch"] == rung].sort_values("end_s")
    stopped = search.trials[search.trials["epochs"] == rung]["trial_id"]
    kept = int((cut_off["asha"].epochs["epoch"] == rung).sum())
    assert 0 < kept < len(at)
    # With empty rungs the first to arrive goes on whatever its value.
    values = at["value"].tolist()
    mistakes = sum(
        continues_beyond_rung(value, values[:place], 2, "max") == (trial_id in set(stopped))
        for place, (value, trial_id) in enumerate(zip(values, at["trial_id"], strict=True))
        if place >= kept
    )
    # Two ranks that arrive together may decide in another order than their clocks tell.
    assert mistakes <= 1


@pytest.mark.parametrize("name", SUGGESTING)
def test_a_session_does_not_suggest_what_an_earlier_one_has(cut_off, resumed, name):
    trials = resumed[name].trials
    earlier = trials["trial_id"].isin(cut_off[name].trials["trial_id"])
    assert 0 < earlier.sum() < TRIALS
    # Two ranks of one session may move alike: a simplex leaves them no choice.
    assert set(trials[earlier]["config"]).isdisjoint(trials[~earlier]["config"])


def test_members_go_on_from_where_they_were(cut_off, resumed):
    before = cut_off["pbt"].epochs
    after = resumed["pbt"].epochs
    kept = after.merge(before, on=["trial_id", "epoch"], suffixes=("", "_before"))
    assert len(kept) == len(before)
    assert (kept["value"] == kept["value_before"]).all()
    assert not (resumed["pbt"].directory / "checkpoints" / "trials").exists()
