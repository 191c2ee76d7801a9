import math

import pytest
import torch

from backends.deephyper.slot import Assignment, Outcome, Slot
from harness.config import RunConfig
from harness.records.events import read_events
from harness.rules.halving import judge_at_rung
from harness.search.prepare import prepare, search_context
from harness.testing.workloads import AnalyticTraining
from harness.trial import numbered_trial

CONFIGURATION = {
    "lr": 0.01,
    "weight_decay": 0.0,
    "warmup_epochs": 5,
    "width": 64,
    "activation": "relu",
}


class Rungs:
    """The rungs of one process."""

    def __init__(self, epochs):
        self.recorded = {epoch: [] for epoch in epochs}

    def judge(self, epoch, value, reduction_factor, mode):
        if epoch not in self.recorded:
            return None
        before = list(self.recorded[epoch])
        self.recorded[epoch].append(value)
        return judge_at_rung(epoch, value, before, reduction_factor, mode)


@pytest.fixture
def open_slot(tmp_path, clock):
    def make(rungs=None, **faults):
        request = RunConfig(
            backend="deephyper",
            algo="asha",
            workload="harness.testing.workloads:AnalyticWorkload",
            workload_options=faults,
            device="cpu",
            reduction_factor=3,
        )
        context = search_context(*prepare(request, tmp_path / "run"))
        record = context.recorder.open_slot(0, clock)
        return Slot(context.spec, context.objective.prepare(), record, rungs, clock)

    yield make
    # Preparing sets it, for the whole process.
    torch.set_flush_denormal(False)


def assigned(number, config, deadline=None):
    return Assignment(numbered_trial(number, config), deadline)


def ends(tmp_path):
    events = [event for _writer, event in read_events(tmp_path / "run" / "events")]
    return [
        (event["trial_id"], event["status"], event["reason"])
        for event in events
        if event["event"] == "trial_end"
    ]


def epochs(tmp_path):
    events = read_events(tmp_path / "run" / "events")
    return sum(event["event"] == "epoch" for _writer, event in events)


def test_an_evaluation_becomes_a_trial_and_reports_its_last_value(open_slot, tmp_path):
    outcome = open_slot().evaluate(assigned(7, CONFIGURATION))
    assert outcome.failure is None
    assert 0.9 < outcome.value < 1.0
    assert ends(tmp_path) == [("t00007", "completed", None)]


def test_a_failed_trial_is_an_outcome_like_any_other(open_slot, tmp_path):
    slot = open_slot(raise_above_lr=0.001)
    assert slot.evaluate(assigned(0, CONFIGURATION)) == Outcome(None, "failed")
    assert slot.evaluate(assigned(1, {**CONFIGURATION, "lr": 0.0005})).value is not None
    assert [status for _id, status, _reason in ends(tmp_path)] == ["failed", "completed"]


def test_a_trial_that_cannot_be_built_is_an_outcome_too(open_slot):
    def build(config, context):
        raise ValueError("no such width")

    slot = open_slot()
    slot.objective.workload.build = build
    assert slot.evaluate(assigned(0, CONFIGURATION)) == Outcome(None, "failed")


def test_a_trial_stops_at_its_rung(open_slot, tmp_path):
    slot = open_slot(Rungs([1, 3]))
    slot.evaluate(assigned(0, CONFIGURATION))
    worse = slot.evaluate(assigned(1, {**CONFIGURATION, "weight_decay": 0.1}))
    assert not math.isnan(worse.value)
    assert ends(tmp_path) == [("t00000", "completed", None), ("t00001", "stopped", "rung")]
    assert {epoch: len(values) for epoch, values in slot.rungs.recorded.items()} == {1: 2, 3: 1}


def test_a_trial_is_cut_at_the_deadline(open_slot, tmp_path, clock, monkeypatch):
    class SlowTraining(AnalyticTraining):
        def train_epoch(self):
            clock.advance(10)
            return super().train_epoch()

    monkeypatch.setattr("harness.testing.workloads.AnalyticTraining", SlowTraining)
    open_slot().evaluate(assigned(0, CONFIGURATION, clock() + 25))
    assert ends(tmp_path) == [("t00000", "stopped", "time-limit")]
    assert epochs(tmp_path) == 3


def test_no_trial_begins_after_the_deadline(open_slot, tmp_path, clock):
    outcome = open_slot().evaluate(assigned(0, CONFIGURATION, clock() - 1))
    assert outcome == Outcome(None, "time_limit")
    assert ends(tmp_path) == []
