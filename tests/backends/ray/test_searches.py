"""What searches on a real Ray record, algorithm by algorithm."""

import json

import numpy as np
import pandas as pd
import pytest

from backends.ray.brackets import bracket_budgets
from harness.records.slot_time import ledger
from harness.rules.halving import rung_epochs

ALGORITHMS = (
    "pbt",
    *(pytest.param(name, marks=pytest.mark.long) for name in ("rand", "asha", "bohb", "pb2")),
)


SMALLER = {"pb2": {"trials": 4}}
"""Its model takes most of the time."""


def curves(trials, epochs):
    numbers = dict(zip(trials["trial_id"], trials["number"], strict=True))
    return {(numbers[row.trial_id], row.epoch): row.value for row in epochs.itertuples()}


@pytest.mark.slow
@pytest.mark.long
def test_random_search_evaluates_the_configurations_of_the_seed_bitwise(search, sequential_run):
    settings = {"trials": 6, "epochs": 5, "seed": 3, "threads": 1}
    alone = sequential_run(name="alone", **settings).directory
    tables = [pd.read_parquet(alone / f"{name}.parquet") for name in ("trials", "epochs")]
    result = search("rand", **settings)
    assert curves(result.trials, result.epochs) == curves(*tables)
    assert list(result.trials["config"]) == list(tables[0].sort_values("number")["config"])
    assert list(result.trials["number"]) == list(range(6))
    assert set(result.trials["status"]) == {"completed"}


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_trial_has_each_of_its_epochs_once_and_an_end(searches, algorithm):
    result = searches(algorithm, **SMALLER.get(algorithm, {}))
    assert set(result.trials["status"]) <= {"completed", "stopped"}
    for trial in result.trials.itertuples():
        first = 1 if pd.isna(trial.parent_epoch) else trial.parent_epoch + 1
        assert result.epochs_of(trial.trial_id) == list(range(first, first + trial.epochs))
        assert (first + trial.epochs - 1 == 9) == (trial.status == "completed")
    assert not list(result.path.glob("checkpoints/trials/t*"))
    assert not list(result.path.glob("engine/checkpoints/*/state.pt"))


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_slots_time_is_booked_whole_and_by_one_process_a_slot(searches, algorithm):
    result = searches(algorithm, **SMALLER.get(algorithm, {}))
    booked = ledger(result.tables.spans)
    assert sum(booked.values()) == pytest.approx(2 * result.tables.runtime_s, rel=0.01)
    assert booked["lost"] == 0
    assert result.processes <= 2


@pytest.mark.slow
@pytest.mark.long
def test_asha_stops_trials_at_rungs_only(searches):
    result = searches("asha", trials=12)
    stopped = result.trials[result.trials["status"] == "stopped"]
    assert len(stopped) > 0
    assert set(stopped["reason"]) == {"rung"}
    assert set(stopped["epochs"]) <= set(rung_epochs(1, 3, 9))
    assert set(result.trials["number"]) == set(range(12))
    assert (stopped["judged_value"] < stopped["judged_against"]).all()


@pytest.mark.slow
@pytest.mark.long
def test_asha_keeps_the_better_trials_of_a_metric_to_minimise(searches):
    result = searches("asha", trials=12, workload="AnalyticLossWorkload")
    first = result.epochs[result.epochs["epoch"] == 1].set_index("trial_id")["value"]
    stopped = result.trials["reason"] == "rung"
    at_first = stopped & (result.trials["epochs"] == 1)
    assert first[at_first[at_first].index].mean() > first[~at_first].mean()


@pytest.mark.slow
def test_bohb_ends_paused_trials_with_their_bracket(searches):
    result = searches("bohb", trials=14)
    assert list(result.trials["number"]) == list(range(14))
    stopped = result.trials[result.trials["status"] == "stopped"]
    assert set(stopped["reason"]) == {"bracket"}
    budgets = {epochs for bracket in bracket_budgets(9, 3) for epochs in bracket}
    assert set(result.trials["epochs"]) <= budgets
    assert (result.trials["status"] == "completed").any()
    # Five hyperparameters: a model wants twelve results on one budget.
    assert set(result.trials["origin"]) == {"random"}
    assert (stopped["judged_value"] <= stopped["judged_against"]).all()


@pytest.mark.slow
@pytest.mark.long
def test_bohb_suggests_plain_values_inside_the_space(searches):
    result = searches("bohb", trials=14)
    space = result.resolved.run.workload.space()
    for text in result.trials["config"]:
        config = json.loads(text)
        assert set(config) == set(space)
        assert all(space[name].legal_value(value) for name, value in config.items())
    assert result.trials["config"].nunique() == 14


@pytest.mark.slow
@pytest.mark.long
def test_bohb_begins_with_the_same_configurations_for_one_seed(search):
    first, second, other = (
        list(search("bohb", name, seed=seed, workers=1, trials=4).trials["config"])
        for name, seed in (("first", 5), ("second", 5), ("other", 6))
    )
    assert first == second != other


@pytest.mark.slow
def test_population_based_training_opens_a_trial_at_each_exploit(searches):
    result = searches("pbt")
    children = result.trials[result.trials["parent_trial_id"].notna()]
    assert len(children) > 0
    for child in children.itertuples():
        parent = result.trials.loc[child.parent_trial_id]
        ours, theirs = json.loads(child.config), json.loads(parent["config"])
        changed = {name for name in ours if ours[name] != theirs[name]}
        assert changed <= {"lr", "weight_decay"}
        assert "lr" in changed
        assert child.parent_epoch in result.epochs_of(child.parent_trial_id)
        assert min(result.epochs_of(child.trial_id)) == child.parent_epoch + 1
        assert child.origin == "exploit" and child.told >= 2
    replaced = result.trials[result.trials["reason"] == "exploited"]
    assert (replaced["judged_value"] == replaced["last_value"]).all()
    assert (replaced["judged_value"] < replaced["judged_against"]).all()
    assert set(result.trials["origin"]) == {"design", "exploit"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("algorithm", "trials", "interval"),
    [
        ("pbt", 8, 1),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in (("pb2", 8, 2), ("pbt", 2, 2), ("pb2", 8, 1), ("pbt", 8, 2), ("pb2", 2, 2))
        ),
    ],
)
def test_a_population_keeps_its_members(searches, algorithm, trials, interval):
    result = searches(algorithm, trials=trials, checkpoint_interval=interval)
    table = result.trials
    assert set(table["member"]) == set(range(trials))
    assert (table["member"] == table["number"]).all()
    completed = table[table["status"] == "completed"]
    assert sorted(completed["member"]) == list(range(trials))
    closed = table[table["status"] == "stopped"]
    assert set(closed["reason"]) <= {"exploited"}
    assert len(table) - trials == len(closed)
    assert set(table["parent_epoch"].dropna() % interval) <= {0}
    assert result.processes <= 2
    initial = [f"t{number:05d}" for number in range(trials)]
    assert list(table.loc[initial, "config"]) == [
        json.dumps(config) for config in result.resolved.context.configurations
    ]


@pytest.mark.long
def test_a_population_ends_though_its_best_values_lie_behind_it(searches):
    options = {"peak_epoch": 5, "epoch_s": 0.25}
    result = searches(
        "pbt",
        trials=8,
        checkpoint_interval=1,
        quantile=0.33,
        seed=1,
        workload_options=options,
        time_limit=60,
    )
    completed = result.trials[result.trials["status"] == "completed"]
    assert sorted(completed["number"]) == list(range(8))


@pytest.mark.slow
@pytest.mark.long
def test_no_member_exploits_after_its_last_epoch(searches):
    result = searches("pbt", checkpoint_interval=3)
    assert (result.trials["parent_epoch"].dropna() < 9).all()


@pytest.mark.slow
def test_pb2_changes_numeric_mutable_hyperparameters_inside_the_space(searches):
    result = searches("pb2", **SMALLER["pb2"])
    space = result.resolved.run.workload.space()
    initial = {json.loads(text)["lr"] for text in result.trials["config"][:4]}
    explored = [json.loads(text) for text in result.trials["config"][4:]]
    assert {config["lr"] for config in explored} - initial
    for config in explored:
        assert all(space[name].legal_value(value) for name, value in config.items())


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("algorithm", ["pbt", "rand", "bohb"])
def test_a_cluster_with_room_for_more_runs_no_more_trials_than_slots(searches, algorithm):
    result = searches(algorithm, workers=1, trials=4, epochs=4)
    assert result.processes == 1
    assert set(result.trials["number"]) == set(range(4))
    assert set(result.trials["status"]) <= {"completed", "stopped"}


@pytest.mark.slow
def test_the_steps_of_a_search_lie_close_together(searches):
    result = searches("pbt")
    steps = np.diff(np.sort(result.epochs[result.epochs["worker"] == 0]["end_s"]))
    assert np.median(steps) < 0.2
