import math
from pathlib import Path

import pytest

from harness.checkpoints.file import read_checkpoint
from harness.checkpoints.incumbent import IncumbentKeeper
from harness.records.events import read_events
from harness.records.recorder import Recorder
from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec
from harness.trials.run import train_to_end

CONFIG = {
    "lr": 0.01,
    "weight_decay": 0.0,
    "warmup_epochs": 2,
    "width": 32,
    "activation": "relu",
}


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "events")


@pytest.fixture
def slot(recorder):
    return recorder.open_slot(0)


@pytest.fixture
def objective(tmp_path):
    return prepare_objective(tmp_path)


def prepare_objective(folder, **options):
    return ObjectiveSpec(
        workload="harness.testing.workloads:AnalyticWorkload",
        workload_options=options,
        precision="fp32",
        seed=0,
        max_epochs=4,
        data=None,
        threads=1,
        device="cpu",
        batch_scaling="trial",
        checkpoints=folder,
    ).prepare()


def events(recorder, name):
    return [event for _, event in read_events(recorder.events) if event["event"] == name]


def test_a_trial_trains_to_its_last_epoch(objective, slot, recorder):
    report = train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)
    assert report.ended and not report.failed and report.epoch == 4
    assert [event["epoch"] for event in events(recorder, "epoch")] == [1, 2, 3, 4]
    assert events(recorder, "trial_end")[0]["status"] == "completed"


def test_a_decision_stops_a_trial_with_its_reason(objective, slot, recorder):
    run = objective.start(Trial("t0", 0, CONFIG), slot)
    train_to_end(run, lambda report: "rung" if report.epoch == 2 else None)
    assert events(recorder, "trial_end")[0]["reason"] == "rung"
    assert len(events(recorder, "epoch")) == 2


def test_an_exception_fails_the_trial_and_reaches_the_record(tmp_path, slot, recorder):
    objective = prepare_objective(tmp_path, raise_above_lr=0.001)
    report = train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)
    assert report.failed and math.isnan(report.value)
    end = events(recorder, "trial_end")[0]
    assert (end["status"], end["reason"]) == ("failed", "exception")
    assert "Traceback" in end["error"] and "injected fault" in end["error"]


def test_a_nan_loss_fails_the_trial(tmp_path, slot, recorder):
    objective = prepare_objective(tmp_path, nan_above_lr=0.001)
    train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)
    assert events(recorder, "trial_end")[0]["reason"] == "nan"


def test_a_configuration_that_cannot_be_built_fails_the_trial(objective, slot, recorder):
    run = objective.start(Trial("t0", 0, {"lr": 0.1}), slot)
    train_to_end(run, lambda report: None)
    assert run.failed or events(recorder, "trial_end")[0]["status"] == "failed"


def test_a_paused_trial_goes_on_where_it_was(objective, slot, recorder, tmp_path):
    path = tmp_path / "state.pt"
    run = objective.start(Trial("t0", 0, CONFIG), slot)
    run.advance()
    run.save(path)
    run.pause()
    resumed = objective.start(Trial("t0", 0, CONFIG), slot, path)
    train_to_end(resumed, lambda report: None)
    assert [event["epoch"] for event in events(recorder, "epoch")] == [1, 2, 3, 4]
    assert len(events(recorder, "trial_start")) == 1
    assert events(recorder, "trial_resume")[0]["epoch"] == 1


def test_a_resumed_trial_has_the_curve_of_an_undisturbed_one(objective, slot, recorder, tmp_path):
    train_to_end(objective.start(Trial("whole", 0, CONFIG), slot), lambda report: None)
    run = objective.start(Trial("cut", 0, CONFIG), slot)
    run.advance()
    run.save(tmp_path / "state.pt")
    run.pause()
    resumed = objective.start(Trial("cut", 0, CONFIG), slot, tmp_path / "state.pt")
    train_to_end(resumed, lambda report: None)
    curves = {"whole": [], "cut": []}
    for event in events(recorder, "epoch"):
        curves[event["trial_id"]].append(event["value"])
    assert curves["whole"] == curves["cut"]


def test_another_trials_checkpoint_makes_a_child(objective, slot, recorder, tmp_path):
    parent = objective.start(Trial("t0", 0, CONFIG, member=0), slot)
    parent.advance()
    parent.advance()
    parent.save(tmp_path / "state.pt")
    parent.pause()
    child = objective.start(
        Trial("t9", 1, {**CONFIG, "lr": 0.02}, member=1), slot, tmp_path / "state.pt"
    )
    report = child.advance()
    assert report.epoch == 3
    start = events(recorder, "trial_start")[-1]
    assert (start["parent_trial_id"], start["parent_epoch"]) == ("t0", 2)
    assert start["config"]["lr"] == 0.02


def test_the_best_state_is_on_disk_when_the_trial_ends(objective, slot):
    train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)
    checkpoint = read_checkpoint(objective.spec.incumbents / "t0.pt")
    assert (checkpoint.epoch, checkpoint.trial_id) == (4, "t0")


def test_a_worse_trial_writes_no_state(objective, slot):
    train_to_end(objective.start(Trial("good", 0, CONFIG), slot), lambda report: None)
    bad = {**CONFIG, "lr": 1.0, "weight_decay": 0.1}
    train_to_end(objective.start(Trial("bad", 1, bad), slot), lambda report: None)
    assert [path.stem for path in objective.spec.incumbents.iterdir()] == ["good"]


def test_a_failed_trial_is_no_incumbent(tmp_path, slot):
    objective = prepare_objective(tmp_path, raise_above_lr=0.001, fault_epoch=3)
    run = objective.start(Trial("t0", 0, CONFIG), slot)
    run.advance()
    run.save(Path(tmp_path / "state.pt"))
    train_to_end(run, lambda report: None)
    assert run.failed
    assert not list(objective.spec.incumbents.glob("*.pt"))


def test_mutation_changes_the_recorded_configuration(objective, slot, recorder):
    run = objective.start(Trial("t0", 0, CONFIG), slot)
    run.advance()
    run.mutate({**CONFIG, "lr": 0.5})
    run.advance()
    assert [event["config"]["lr"] for event in events(recorder, "epoch")] == [0.01, 0.5]


def test_an_incumbent_is_kept_until_the_end_although_a_better_one_comes(tmp_path, objective, slot):
    keeper = IncumbentKeeper(tmp_path / "kept", objective.metric)
    run = objective.start(Trial("t0", 0, CONFIG), slot)
    run.advance()
    for name, value in [("a", 0.1), ("b", 0.2)]:
        keeper.hold(value, lambda name=name: _checkpoint_of(run, name))
        keeper.publish()
    assert sorted(path.stem for path in (tmp_path / "kept").iterdir()) == ["a", "b"]
    assert not keeper.would_take(0.15)
    keeper.discard("b")
    assert keeper.would_take(0.15)


def _checkpoint_of(run, name):
    import dataclasses

    return dataclasses.replace(run._checkpoint(), trial_id=name)
