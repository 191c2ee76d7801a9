import dataclasses
import json

import pandas as pd
import pytest

from harness.load.run_records import load_run_records
from harness.records.directory import RunDirectory
from harness.report.collection import collect
from harness.report.run_pictures import lineage_trials, mutated, run_pictures_section


@pytest.fixture
def population(write_runs):
    (run,) = collect([write_runs(algo="pbt", trials=8, epochs=9)]).runs
    return run, load_run_records(RunDirectory(run.path))[1]


def test_the_lineage_has_every_trial_of_the_population(population):
    run, tables = population
    trials = lineage_trials(run, tables)
    assert len(trials) == len(tables.trials) > 8
    assert sum(len(trial.epochs) for trial in trials) == len(tables.epochs) == 72
    children = [trial for trial in trials if trial.parent_member is not None]
    assert len(children) == len(trials) - 8
    assert all(trial.epochs[0] == trial.parent_epoch + 1 for trial in children)


def test_the_winning_line_leads_from_the_best_trial_to_fresh_weights(population):
    run, tables = population
    winning = [t for t in lineage_trials(run, tables) if t.winning_epochs is not None]
    best = tables.trials.set_index("trial_id").loc[run.summary["best_trial_id"]]
    assert best["member"] in {trial.member for trial in winning}
    assert sum(trial.parent_member is None for trial in winning) == 1


def test_the_winning_line_ends_at_a_parent_whose_epoch_is_not_known(population):
    run, tables = population
    unknown = tables.trials.assign(parent_epoch=pd.Series(pd.NA, tables.trials.index, "Int64"))
    trials = lineage_trials(run, dataclasses.replace(tables, trials=unknown))
    assert sum(trial.winning_epochs is not None for trial in trials) == 1


def test_schedules_are_those_of_the_best_trials_configuration(population):
    run, tables = population
    trials = lineage_trials(run, tables)
    assert mutated(trials) == ["lr"]
    rates = {json.loads(config)["lr"] for config in tables.trials["config"]}
    assert {float(trial.hyperparameters["lr"][0]) for trial in trials} == rates


def test_searches_without_a_population_have_no_lineage(write_runs):
    (run,) = collect([write_runs(trials=3, epochs=2)]).runs
    assert lineage_trials(run, load_run_records(RunDirectory(run.path))[1]) == []


def test_pictures_are_of_different_algorithms_first(write_runs):
    collection = collect(
        [write_runs(algo=["rand", "asha", "pbt"], seed=[0, 1], trials=4, epochs=3)]
    )
    section = run_pictures_section(collection, 3)
    names = [figure.name for figure in section.figures]
    chosen = pd.Series([name.rpartition("-")[2] for name in names if name.startswith("run")])
    algos = collection.table.set_index("label")["algo"]
    assert set(algos[chosen]) == {"rand", "asha", "pbt"}
    assert "3 runs are not drawn" in section.missing
