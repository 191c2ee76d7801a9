"""Searches that were cut off, and what a later session makes of them."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from harness.records.events import read_events
from harness.rules.halving import continues_beyond_rung
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload

pytestmark = pytest.mark.slow

TRIALS, EPOCHS = 14, 4
CUT_AFTER_S = 0.5
EPOCH_S = 0.04
SUGGESTING = ("cbo", "cbo-asha", "regevo")
ALGORITHMS = ("rand", "asha", *SUGGESTING)


@pytest.fixture(scope="module")
def cut_off(searches):
    common = {
        "trials": TRIALS,
        "epochs": EPOCHS,
        "reduction_factor": 2,
        "workload_options": {"epoch_s": EPOCH_S},
        "time_limit": CUT_AFTER_S,
    }
    return searches.run(1, {name: {"algo": name, **common} for name in ALGORITHMS})


@pytest.fixture(scope="module")
def resumed(searches, cut_off):
    return searches.resume(2, cut_off, time_limit=None)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_search_that_was_cut_off_is_completed_on_more_workers(cut_off, resumed, name):
    before, search = cut_off[name], resumed[name]
    assert before.summary["unfinished_trials"] > 0
    assert (search.summary["unfinished_trials"], search.summary["sessions"]) == (0, 2)
    assert set(search.trials["status"]) <= {"completed", "stopped"}
    assert sorted(search.trials["number"]) == list(range(TRIALS))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_no_epoch_is_trained_twice_or_left_out(resumed, name):
    search = resumed[name]
    trained = Counter(
        (event["trial_id"], event["epoch"])
        for _writer, event in read_events(search.directory / "events")
        if event["event"] == "epoch"
    )
    assert set(trained.values()) == {1}
    for trial in search.trials.itertuples():
        epochs = sorted(epoch for trial_id, epoch in trained if trial_id == trial.trial_id)
        assert epochs == list(range(1, 1 + trial.epochs))
        assert trial.status == "stopped" or trial.epochs == EPOCHS


@pytest.mark.parametrize("name", ["rand", "asha"])
def test_the_configurations_are_the_seeds(resumed, name):
    expected = sample_configurations(AnalyticWorkload().space(), TRIALS, 0)
    assert [json.loads(config) for config in resumed[name].configurations] == expected


@pytest.mark.parametrize("name", SUGGESTING)
def test_trials_keep_their_configurations_and_later_ones_have_others(cut_off, resumed, name):
    begun = cut_off[name].trials.set_index("trial_id")["config"]
    after = resumed[name].trials.set_index("trial_id")["config"]
    assert dict(after[begun.index]) == dict(begun)
    # Evolution may draw a value again that its parent has.
    later = len(set(after) - set(begun))
    assert later == TRIALS - len(begun) or (name == "regevo" and later > 0)


def test_rungs_remember_what_earlier_sessions_recorded(cut_off, resumed):
    search, rung = resumed["asha"], 1
    at = search.epochs[search.epochs["epoch"] == rung].sort_values("end_s")
    stopped = set(search.trials[search.trials["epochs"] == rung]["trial_id"])
    kept = int((cut_off["asha"].epochs["epoch"] == rung).sum())
    assert 0 < kept < len(at)
    values = at["value"].tolist()
    mistakes = sum(
        continues_beyond_rung(value, values[:place], 2, "max") == (trial_id in stopped)
        for place, (value, trial_id) in enumerate(zip(values, at["trial_id"], strict=True))
        if place >= kept
    )
    # Two ranks that arrive together may decide in another order than their clocks tell.
    assert mistakes <= 1
