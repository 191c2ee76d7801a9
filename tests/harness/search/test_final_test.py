"""The winner of a search is tested in its own precision and in FP32."""

import dataclasses

import pytest

from harness.checkpoints.file import read_checkpoint
from harness.checkpoints.incumbent import incumbent_path
from harness.errors import RequestError
from harness.records.directory import RunDirectory
from harness.search.final_test import evaluate_winner
from harness.search.prepare import objective_spec
from harness.trials.objective import Objective

DIGITS = {"workload": "digits", "trials": 1, "epochs": 1, "threads": 1, "device": "cpu"}


def test_the_winner_of_a_search_in_amp_is_tested_in_fp32_as_well(sequential_run):
    result = sequential_run(precision="amp", **DIGITS)
    summary = result.summary
    assert summary["test_samples"] == 297
    tested = {name: summary[name] * 297 for name in ("test_value", "test_value_fp32")}
    assert all(count == pytest.approx(round(count)) for count in tested.values())
    run = RunDirectory(result.directory)
    spec = dataclasses.replace(
        objective_spec(run.read_config(), run), precision="fp32", arithmetic="auto"
    )
    state = read_checkpoint(incumbent_path(spec.incumbents, summary["best_trial_id"]))
    value, training = spec.prepare().test(state)
    assert summary["test_value_fp32"] == value
    assert training.tested_samples == 297


def test_in_fp32_both_are_the_same_number(sequential_run):
    summary = sequential_run().summary
    assert summary["test_value_fp32"] == summary["test_value"]
    # A learning curve in closed form is the mean of nothing.
    assert summary["test_samples"] is None


def test_a_winner_that_fp32_cannot_test_keeps_its_own_test(sequential_run, monkeypatch):
    def refuse(objective, name):
        raise RequestError(f"no {name} here")

    monkeypatch.setattr(Objective, "in_precision", refuse)
    summary = sequential_run(precision="amp").summary
    assert summary["test_value"] is not None and summary["test_value_fp32"] is None
    assert (
        "The test in FP32 of the best state failed: RequestError: no fp32 here."
        in summary["warnings"]
    )


def test_a_winner_whose_state_is_gone_is_said_not_to_be_tested(sequential_run):
    result = sequential_run()
    run = RunDirectory(result.directory)
    config, winner = run.read_config(), result.summary["best_trial_id"]
    objective = objective_spec(config, run)
    incumbent_path(objective.incumbents, winner).unlink()
    found = evaluate_winner(run, winner, objective)
    assert found.value is None
    assert found.warnings == (
        f"The best state, that of trial '{winner}', is not there, so it was not tested.",
    )
