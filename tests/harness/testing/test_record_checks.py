"""The checks of the kit notice records that break the contract."""

import dataclasses

import pytest

from harness.testing import record_checks
from harness.testing.searches import read_search


@pytest.fixture
def recorded(sequential_run):
    """A sound search with halving."""
    return read_search(sequential_run(algo="asha", trials=9, reduction_factor=2).directory)


def changed(recorded, table, row, **values):
    frame = getattr(recorded, table).copy()
    for column, value in values.items():
        frame.loc[row, column] = value
    return dataclasses.replace(recorded, **{table: frame})


def without(recorded, table, row):
    return dataclasses.replace(recorded, **{table: getattr(recorded, table).drop(index=row)})


def test_a_sound_search_passes(recorded):
    for check in ("tables", "epochs", "statuses", "ledger", "slots", "configurations"):
        getattr(record_checks, f"check_{check}")(recorded)
    record_checks.check_numbers(recorded, population=False)
    record_checks.check_rungs(recorded)
    record_checks.check_incumbent(recorded)


def test_a_missing_trial_is_noticed(recorded):
    with pytest.raises(AssertionError):
        record_checks.check_numbers(without(recorded, "trials", 3), population=False)


def test_a_missing_epoch_is_noticed(recorded):
    first = recorded.epochs.index[recorded.epochs["epoch"] == 1][0]
    with pytest.raises(AssertionError):
        record_checks.check_epochs(without(recorded, "epochs", first))


def test_an_epoch_that_is_there_twice_is_noticed(recorded):
    second = recorded.epochs.index[recorded.epochs["epoch"] == 2][0]
    with pytest.raises(AssertionError):
        record_checks.check_epochs(changed(recorded, "epochs", second, epoch=1))


@pytest.mark.parametrize(
    "values", [{"status": "lost"}, {"status": "running"}, {"status": "stopped", "reason": None}]
)
def test_a_trial_without_a_proper_end_is_noticed(recorded, values):
    with pytest.raises(AssertionError):
        record_checks.check_statuses(changed(recorded, "trials", 0, **values))


def test_time_that_is_not_booked_is_noticed(recorded):
    ledger = {**recorded.summary["ledger"], "idle": recorded.summary["runtime_s"]}
    summary = {**recorded.summary, "ledger": ledger}
    with pytest.raises(AssertionError):
        record_checks.check_ledger(dataclasses.replace(recorded, summary=summary))


def test_a_worker_that_trains_nothing_is_noticed(recorded):
    config = recorded.config.model_copy(update={"workers": 2})
    with pytest.raises(AssertionError):
        record_checks.check_slots(dataclasses.replace(recorded, config=config))


def test_two_trials_in_one_slot_at_once_are_noticed(sequential_run):
    slow = {"epoch_s": 0.05}
    recorded = read_search(sequential_run(trials=2, epochs=2, workload_options=slow).directory)
    record_checks.check_slots(recorded)
    log = next((recorded.directory / "events").glob("0-*.jsonl"))
    other = log.with_name("0-99999999.jsonl")
    other.write_text(log.read_text())
    with pytest.raises(AssertionError, match="overlap"):
        record_checks.check_slots(recorded)


def test_a_configuration_outside_the_space_is_noticed(recorded):
    outside = changed(recorded, "trials", 0, config='{"lr": 7.0}')
    with pytest.raises(AssertionError, match="lr"):
        record_checks.check_configurations(outside)


def test_a_trial_that_is_stopped_between_rungs_is_noticed(recorded):
    stopped = recorded.trials.index[recorded.trials["status"] == "stopped"][0]
    with pytest.raises(AssertionError):
        record_checks.check_rungs(changed(recorded, "trials", stopped, epochs=3))


def test_a_rung_that_stops_its_best_is_noticed(recorded):
    recorded.workload.__dict__["metric"] = dataclasses.replace(recorded.workload.metric, mode="min")
    with pytest.raises(AssertionError, match="stopped its best"):
        record_checks.check_rungs(recorded)


def test_a_best_trial_that_is_not_the_best_is_noticed(recorded):
    summary = {**recorded.summary, "best_value": recorded.epochs["value"].min()}
    with pytest.raises(AssertionError):
        record_checks.check_incumbent(dataclasses.replace(recorded, summary=summary))


def test_a_failure_that_is_not_recorded_is_noticed(recorded):
    with pytest.raises(AssertionError):
        record_checks.check_failures(recorded, {0: "exception"})


@pytest.mark.parametrize(
    "values", [{"origin": None}, {"origin": "guess"}, {"origin": "model"}, {"told": None}]
)
def test_a_trial_of_unknown_origin_is_noticed(sequential_run, values):
    recorded = read_search(sequential_run(trials=3).directory)
    record_checks.check_origins(recorded, population=False)
    with pytest.raises(AssertionError, match="t00001: origin="):
        record_checks.check_origins(changed(recorded, "trials", 1, **values), population=False)


def test_a_rung_that_stops_the_better_trial_is_noticed(recorded):
    record_checks.check_judgements(recorded)
    stopped = recorded.trials.index[recorded.trials["reason"] == "rung"][0]
    assert recorded.trials.loc[stopped, "judged_against"] is not None
    mode = recorded.workload.metric.mode
    wrong = changed(recorded, "trials", stopped, judged_against=-9.0 if mode == "max" else 9.0)
    with pytest.raises(AssertionError, match="against"):
        record_checks.check_judgements(wrong)
