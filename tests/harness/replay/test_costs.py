"""Costs of engine and machine are inputs, and all of them are in the record."""

import pandas as pd
import pytest

from harness.config import RunConfig
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay


@pytest.fixture
def replayed(table, tmp_path):
    made = iter(range(100))

    def replay_with(workers=2, trials=8, backend="deephyper", **costs):
        config = RunConfig(backend=backend, workers=workers, trials=trials)
        resolved = resolve_replay(config, table, ReplayCosts(**costs))
        return replay(resolved, Origins(table).of(resolved), tmp_path / str(next(made)))

    return replay_with


def train_s(summary):
    return summary["ledger"]["train"]


def test_without_costs_a_slot_trains_all_the_time_until_it_has_nothing_to_do(replayed):
    summary = replayed(workers=1)
    assert summary["runtime_s"] == train_s(summary) and summary["utilisation"] == 1.0
    assert summary["virtual"] is True and summary["replay"]["costs"] == {}


def test_a_trials_and_an_epochs_costs_are_idle_time_of_a_slot(replayed):
    base, costly = replayed(workers=1), replayed(workers=1, trial_s=0.5, epoch_s=0.25)
    assert costly["runtime_s"] == base["runtime_s"] + 8 * 0.5 + 8 * 4 * 0.25
    assert train_s(costly) == train_s(base)
    assert costly["replay"]["costs"] == {"trial_s": 0.5, "epoch_s": 0.25}


def test_an_engine_hands_out_one_trial_after_the_other(replayed):
    many = replayed(workers=8, suggestion_s=100.0)
    starts = pd.Series(many["ledger"])
    assert many["runtime_s"] > 800
    assert starts["idle"] + starts["startup"] > starts["train"]


def test_slots_that_begin_later_have_their_starts_booked_as_startup(replayed):
    base = replayed(workers=2)
    late = replayed(workers=2, slot_starts_s=(100.0, 300.0))
    assert late["ledger"]["startup"] == 400.0
    assert late["runtime_s"] > base["runtime_s"]
    assert train_s(late) == train_s(base)


@pytest.mark.parametrize("backend", ["deephyper", "propulate", "ray"])
def test_what_an_engine_takes_to_end_a_search_is_idle_time_of_all_slots(replayed, backend):
    base, closing = (replayed(backend=backend, closing_s=s) for s in (0.0, 5.0))
    assert closing["runtime_s"] == pytest.approx(base["runtime_s"] + 5.0)
    assert closing["ledger"]["idle"] == pytest.approx(base["ledger"]["idle"] + 2 * 5.0)
    assert train_s(closing) == train_s(base)


def test_speed_shortens_training_alone(replayed):
    base, fast = replayed(workers=1), replayed(workers=1, speed=2.0, trial_s=1.0)
    assert fast["runtime_s"] == base["runtime_s"] / 2 + 8


@pytest.mark.parametrize("takes_all", [False, True])
def test_a_worker_that_dies_loses_what_it_trained_and_the_search_is_longer(replayed, takes_all):
    base = replayed(workers=4, trials=40)
    failing = replayed(
        workers=4,
        trials=40,
        failures_per_worker_hour=300.0,
        restart_s=2.0,
        failure_takes_all=takes_all,
    )
    assert failing["ledger"]["lost"] > 2.0
    assert failing["runtime_s"] > base["runtime_s"]
    # What is trained is the same in the end.
    assert failing["epochs"] == base["epochs"]
    assert failing["best_value"] == base["best_value"]
    booked = sum(failing["ledger"].values())
    assert booked == pytest.approx(4 * failing["runtime_s"], rel=0.01)
