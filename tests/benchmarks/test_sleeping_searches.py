"""Sleeping searches beside their replays: what is measured, and what is said of it."""

import pytest
import torch

import benchmarks.sleeping
from benchmarks.replay.engine_costs import Events, measured_costs, read_events
from benchmarks.replay.sleeping_searches import (
    closest_ms,
    compare,
    own_edges,
    parse_options,
    swaps_are_close,
)
from benchmarks.replay.sleeping_table import SLEEPING, sleeping_table
from harness.config import RunConfig
from harness.plugins.loading import load_workload
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay

COSTS = ReplayCosts(epoch_s=0.01, trial_s=0.2, slot_starts_s=(0.5, 1.0))


@pytest.fixture(scope="module")
def table():
    return sleeping_table({"epoch_s": 2.0, "jitter": 0.5}, 8, 4, 0)


@pytest.fixture(scope="module")
def run(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("sleeping") / "run"
    config = RunConfig(backend="deephyper", algo="asha", workers=2, trials=8)
    resolved = resolve_replay(config, table, COSTS)
    replay(resolved, Origins(table).of(resolved), path)
    return path


def test_the_costs_of_a_search_are_read_from_its_records(run, table):
    measured = measured_costs(run, table)
    assert measured.epoch_s == pytest.approx(COSTS.epoch_s)
    assert measured.trial_s == pytest.approx(COSTS.trial_s)
    assert measured.slot_starts_s == pytest.approx(COSTS.slot_starts_s)


def test_a_search_is_like_itself(run):
    events = read_events(run)
    told = compare("deephyper", 0, events, events, parse_options(["deephyper"]))
    assert told.same_order and told.same_decisions and told.swaps_are_close
    assert told.error == 0 and told.events == len(events.epochs) > 8


def test_the_workload_that_sleeps_loads_and_trains():
    workload = load_workload(SLEEPING, {"epoch_s": 0.0})
    workload.load_data(None, 0, torch.device("cpu"))
    curve = sleeping_table({"epoch_s": 0.5}, 1, 3, 0).trainings[0].curve
    assert curve.train_s == (0.5, 0.5, 0.5) and len(set(curve.values)) == 3


def test_the_nearest_events_are_found():
    assert closest_ms(Events([], [1.0, 1.5, 1.625], set(), 2.0)) == 125.0
    assert closest_ms(Events([], [1.0], set(), 2.0)) == float("inf")


def test_only_events_that_are_close_may_change_places():
    virtual = Events([(0, 1), (1, 1), (0, 2)], [1.0, 1.005, 2.0], set(), 2.0)
    assert swaps_are_close([(1, 1), (0, 1), (0, 2)], virtual, 0.01)
    assert not swaps_are_close([(1, 1), (0, 1), (0, 2)], virtual, 0.001)
    assert not swaps_are_close([(0, 2), (0, 1), (1, 1)], virtual, 0.01)
    assert not swaps_are_close([(0, 1), (1, 1)], virtual, 0.01)


def test_slots_that_begin_together_have_one_start_of_their_own():
    own = ReplayCosts(slot_starts_s=(1.0, 1.5, 4.0), closing_s=0.25)
    assert own_edges(own, together=True) == {"slot_starts_s": (1.5,) * 3, "closing_s": 0.25}
    assert own_edges(own, together=False)["slot_starts_s"] == (1.0, 1.5, 4.0)


def test_a_trial_waits_until_the_others_can_begin(monkeypatch):
    slept = []
    monkeypatch.setattr(benchmarks.sleeping.time, "time", lambda: 100.0)
    monkeypatch.setattr(benchmarks.sleeping.time, "sleep", slept.append)
    for begins in (107.5, 93.0):
        sleeping_table({"epoch_s": 0.0, "first_epoch_at": begins}, 1, 0, 0)
    assert slept == [7.5, 0.0]
