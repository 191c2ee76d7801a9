"""Small searches on the real engine, all algorithms in the ranks of one MPI job."""

from __future__ import annotations

import json

import pytest

from harness.rules.halving import continues_beyond_rung, rung_epochs
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload

pytestmark = pytest.mark.slow

ONE_TRIAL_EACH = ("rand", "asha", "ga", "islands", "migration", "pso", "cmaes", "nelder-mead")
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"
LOSS = "harness.testing.workloads:AnalyticLossWorkload"

REQUESTS = {
    "rand": {"algo": "rand"},
    "asha": {"algo": "asha", "workload_options": {"epoch_s": 0.002}, "trials": 24},
    "asha-loss": {"algo": "asha", "workload": LOSS, "trials": 24, "reduction_factor": 3},
    "ga": {"algo": "ga"},
    "islands": {"algo": "ga", "engine": {"islands": 2}},
    "migration": {"algo": "ga", "engine": {"islands": 2, "pollination": False}},
    "pso": {"algo": "pso", "workload": CONTINUOUS},
    "cmaes": {"algo": "cmaes", "workload": CONTINUOUS},
    "nelder-mead": {"algo": "nelder-mead", "workload": CONTINUOUS},
    "pbt": {"algo": "pbt", "trials": 8, "checkpoint_interval": 2},
    "pbt-loss": {"algo": "pbt", "trials": 6, "workload": LOSS, "epochs": 7},
    "pbt-falling": {
        "algo": "pbt",
        "trials": 8,
        "quantile": 0.33,
        "workload_options": {"peak_epoch": 5},
        "time_limit": 60,
    },
    "pbt-alone": {"algo": "pbt", "trials": 1},
    "one": {"algo": "rand", "trials": 1},
    "faults": {
        "algo": "rand",
        "workload_options": {"raise_above_lr": 0.1, "nan_above_lr": 0.01, "fault_epoch": 2},
    },
    "pbt-faults": {"algo": "pbt", "workload_options": {"raise_above_lr": 0.1, "fault_epoch": 3}},
    "all-fail": {"algo": "ga", "workload_options": {"raise_above_lr": 0.0, "fault_epoch": 2}},
    "pso-all-fail": {
        "algo": "pso",
        "workload": CONTINUOUS,
        "workload_options": {"raise_above_lr": 0.0, "fault_epoch": 2},
    },
    "limited": {"algo": "rand", "time_limit": 0.5, "workload_options": {"epoch_s": 0.2}},
    "waiting": {"algo": "ga", "trials": 1, "epochs": 4, "workload_options": {"epoch_s": 0.5}},
    "pbt-waiting": {"algo": "pbt", "trials": 1, "epochs": 4, "workload_options": {"epoch_s": 0.5}},
    "pbt-limited": {"algo": "pbt", "time_limit": 0.5, "workload_options": {"epoch_s": 0.1}},
}


def islands_fit(name, ranks):
    return ranks > 1 or name not in {"islands", "migration"}


@pytest.fixture(
    scope="module",
    params=[3, *(pytest.param(ranks, marks=pytest.mark.long) for ranks in (1, 2, 5))],
)
def finished(request, searches):
    ranks = request.param
    wanted = {
        name: {"trials": 12, "epochs": 9, **settings}
        for name, settings in REQUESTS.items()
        if islands_fit(name, ranks)
    }
    return ranks, searches.run(ranks, wanted)


@pytest.fixture
def search(finished, request):
    ranks, results = finished
    name = request.param
    if not islands_fit(name, ranks):
        pytest.skip("islands need a rank each")
    return results[name]


def of(*names):
    return pytest.mark.parametrize("search", names, indirect=True)


@of(*ONE_TRIAL_EACH, "asha-loss", "one")
def test_there_are_exactly_as_many_trials_as_asked_for(search):
    assert sorted(search.trials["number"]) == list(range(search.config.trials))
    assert search.trials["trial_id"].is_unique
    assert set(search.trials["status"]) <= {"completed", "stopped"}


@of(*REQUESTS)
def test_epochs_of_a_trial_are_consecutive_and_once_each(search):
    for trial in search.trials.itertuples():
        epochs = search.epochs[search.epochs["trial_id"] == trial.trial_id]["epoch"].tolist()
        first = 1 if trial.parent_trial_id is None else int(trial.parent_epoch) + 1
        assert sorted(epochs) == list(range(first, first + len(epochs))), trial.trial_id
        assert trial.status in {"completed", "stopped", "failed"}
        if trial.status == "completed":
            assert max(epochs) == search.config.epochs


@of(*REQUESTS)
def test_the_ledger_explains_every_second(search):
    summary = search.summary
    total = search.config.workers * summary["runtime_s"]
    assert sum(summary["ledger"].values()) == pytest.approx(total, rel=0.01, abs=0.001)
    assert summary["ledger"].get("lost", 0.0) == pytest.approx(0.0, abs=0.01 * total)


@of("rand", "one", "faults")
def test_random_search_evaluates_the_configurations_of_the_seed(search):
    space = AnalyticWorkload().space()
    expected = sample_configurations(space, search.config.trials, search.config.seed)
    found = {row.number: json.loads(row.config) for row in search.trials.itertuples()}
    assert [found[number] for number in range(len(expected))] == expected


@of("ga", "islands", "migration")
def test_a_genetic_search_begins_with_the_configurations_of_the_seed(search):
    space = AnalyticWorkload().space()
    expected = sample_configurations(space, search.config.trials, search.config.seed)
    found = {row.number: json.loads(row.config) for row in search.trials.itertuples()}
    begun = search.config.population
    assert [found[number] for number in range(begun)] == expected[:begun]
    for config in found.values():
        assert all(space[name].legal_value(value) for name, value in config.items())


@of("asha", "asha-loss")
def test_rungs_hold_the_rule_and_the_epochs_of_every_engine(search):
    config = search.config
    mode = "min" if config.workload == LOSS else "max"
    rungs = rung_epochs(config.grace_epochs, config.reduction_factor, config.epochs)
    stopped = search.trials[search.trials["status"] == "stopped"]
    assert set(stopped["reason"]) <= {"rung"}
    assert set(stopped["epochs"]) <= set(rungs)
    last = search.trials.set_index("trial_id")["epochs"]
    for rung in rungs:
        at = search.epochs[search.epochs["epoch"] == rung].sort_values("end_s")
        values, mistakes = at["value"].tolist(), 0
        for place, row in enumerate(at.itertuples()):
            goes_on = continues_beyond_rung(
                row.value, values[:place], config.reduction_factor, mode
            )
            mistakes += goes_on != (last[row.trial_id] > rung)
        # Two ranks that arrive together may decide in another order than their clocks tell.
        assert mistakes <= 0.2 * len(values) + 1


@of("pbt", "pbt-loss", "pbt-falling", "pbt-alone", "pbt-faults")
def test_members_and_their_lineages(search):
    trials = search.trials.set_index("trial_id")
    members = search.config.trials
    assert set(trials["member"]) == set(range(members))
    for trial_id, trial in trials.iterrows():
        assert trial["number"] == trial["member"]
        if trial["status"] == "failed":
            continue
        if trial["parent_trial_id"] is None:
            assert trial_id == f"t{trial['member']:05d}"
            continue
        parent = trials.loc[trial["parent_trial_id"]]
        known = search.epochs[search.epochs["trial_id"] == parent.name]["epoch"]
        assert trial["parent_epoch"] in set(known)
        assert trial["parent_epoch"] % search.config.checkpoint_interval == 0
        kept = [
            name for name in json.loads(parent["config"]) if name not in AnalyticWorkload.mutable
        ]
        mine, theirs = json.loads(trial["config"]), json.loads(parent["config"])
        assert {name: mine[name] for name in kept} == {name: theirs[name] for name in kept}
    ended = trials.groupby("member")["status"].apply(list)
    for statuses in ended:
        assert statuses.count("completed") + statuses.count("failed") == 1


@of("pbt", "pbt-loss", "pbt-faults")
def test_a_population_leaves_no_checkpoints_but_the_incumbent(search):
    checkpoints = search.directory / "checkpoints"
    assert not list(checkpoints.glob("*.pt"))
    assert len(list((checkpoints / "incumbents").glob("*.pt"))) == 1


@of("pbt")
def test_a_population_exploits(search):
    exploited = search.trials[search.trials["reason"] == "exploited"]
    children = search.trials[search.trials["parent_trial_id"].notna()]
    assert len(exploited) == len(children) > 0
    resumes = sum(event["event"] == "trial_resume" for event in search.events())
    pauses = sum(event["event"] == "trial_pause" for event in search.events())
    assert resumes == pauses


@of("faults", "pbt-faults")
def test_failures_are_recorded_and_the_search_goes_on(search):
    failed = search.trials[search.trials["status"] == "failed"]
    assert 0 < len(failed) < len(search.trials)
    assert set(failed["reason"]) <= {"exception", "nan"}
    assert failed["error"].str.contains("Traceback").all()
    assert (search.trials["status"] == "completed").any()


@of("all-fail", "pso-all-fail")
def test_a_search_in_which_everything_fails_comes_to_its_end(search):
    assert len(search.trials) == 12
    assert set(search.trials["status"]) == {"failed"}


@of("limited", "pbt-limited")
def test_the_time_limit_ends_the_search(search):
    assert search.summary["runtime_s"] < 3.0
    cut = search.trials[search.trials["reason"] == "time-limit"]
    assert len(cut) > 0
    assert set(search.trials["status"]) <= {"completed", "stopped"}


@of(*REQUESTS)
def test_the_engine_leaves_no_files(search):
    assert not (search.directory / "engine").exists()


@of("waiting", "pbt-waiting")
def test_ranks_without_a_trial_sleep(search):
    for rank in range(1, search.config.workers):
        assert search.busy_s(rank) < 0.5 * search.summary["runtime_s"]
