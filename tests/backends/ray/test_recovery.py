"""A trial that is over is not trained again where its process died before it could say so."""

import math
from dataclasses import dataclass, field

import pytest
from ray.air.execution._internal import RayActorManager
from ray.exceptions import OutOfMemoryError, RayActorError

from backends.ray.patches.controller import ToleratingManager
from backends.ray.recovery import EndedTrials
from backends.ray.trial_config import KEY, REPORTED, describe_trial
from harness.records.clock import anchored_clock
from harness.records.events import EventWriter
from harness.records.recorder import SlotRecorder
from harness.trial import Trial

TRIAL = Trial("t00001", 1, {})


@dataclass(eq=False)
class StubTrial:
    config: dict = field(default_factory=lambda: {KEY: describe_trial(TRIAL)})

    def set_config(self, config):
        self.config = config


@pytest.fixture
def slot(tmp_path):
    recorder = SlotRecorder(EventWriter(tmp_path / "0-1.jsonl"), 0, anchored_clock())
    recorder.trial_started(TRIAL, parameters=1)
    recorder.epoch("t00001", 1, value=0.5)
    yield recorder
    recorder.close()


@pytest.fixture
def recover(tmp_path):
    def recovered(scheduler_ends=False):
        trial = StubTrial()
        EndedTrials(tmp_path, scheduler_ends).on_trial_recover(0, [trial], trial)
        return trial.config[KEY].get(REPORTED)

    return recovered


def test_a_trial_in_flight_trains_on(slot, recover):
    slot.flush()
    assert recover() is None


def test_a_trial_that_an_earlier_session_cut_off_trains_on(slot, recover):
    slot.trial_ended("t00001", "stopped", "time-limit")
    assert recover() is None
    slot.trial_ended("t00001", "completed")
    assert recover()["ended"]


@pytest.mark.parametrize("scheduler_ends", [False, True])
def test_a_completed_trial_reports_its_last_value_again(slot, recover, scheduler_ends):
    slot.trial_ended("t00001", "completed")
    assert recover(scheduler_ends) == {
        "training_iteration": 1,
        "value": 0.5,
        "ended": True,
        "done": not scheduler_ends,
    }


def test_a_trial_that_hung_is_not_taken_up_again(slot, recover):
    slot.trial_ended("t00001", "failed", "timeout")
    reported = recover(scheduler_ends=True)
    assert reported["done"] and math.isnan(reported["value"])


def test_a_process_that_ray_killed_for_its_memory_is_one_that_died(monkeypatch):
    seen = []
    monkeypatch.setattr(RayActorManager, "_actor_task_failed", lambda *given: seen.append(given[2]))
    manager = ToleratingManager.__new__(ToleratingManager)
    manager._actor_task_failed(None, OutOfMemoryError("the node running low on memory"))
    assert isinstance(seen[0], RayActorError)
    assert "low on memory" in str(seen[0])
