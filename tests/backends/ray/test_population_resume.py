"""A member goes on at its place between two perturbations, with its last score."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from backends.ray.checkpoint_directories import STATE_FILE
from backends.ray.population_resume import PastPopulation
from backends.ray.space_translation import UnitInterval
from harness.records.history import History, PastTrial
from harness.testing.workloads import AnalyticWorkload
from harness.trial import Trial

CONFIGURATION = {
    "lr": 0.01,
    "weight_decay": 0.05,
    "warmup_epochs": 2,
    "width": 16,
    "activation": "relu",
}


@pytest.fixture
def population(tmp_path):
    """Two members: one donated after epoch 2 and is at epoch 4, its child is at epoch 3."""
    state = tmp_path / "state"
    state.write_text("after epoch 4")
    donor = Trial("t00000", 0, CONFIGURATION, 0)
    child = Trial("t00002", 1, {**CONFIGURATION, "lr": 0.1}, 1, "t00000", 2)
    values = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}
    history = History(
        (
            PastTrial(donor, "running", None, values, state),
            PastTrial(child, "running", None, {3: 0.25}),
        )
    )
    return PastPopulation(history, interval=2, sign=-1, checkpoints=tmp_path / "checkpoints")


@pytest.fixture
def state():
    return SimpleNamespace(last_score=None, last_checkpoint=None, last_perturbation_time=0)


def test_a_member_at_a_perturbation_may_donate_at_once(population, state):
    population.restore(state, "t00000")
    assert (state.last_perturbation_time, state.last_train_time) == (4, 4)
    assert state.last_score == -0.4
    assert (Path(state.last_checkpoint.path) / STATE_FILE).read_text() == "after epoch 4"


def test_a_member_between_two_perturbations_counts_from_the_last(population, state):
    population.restore(state, "t00002")
    assert state.last_perturbation_time == 2
    assert state.last_score is state.last_checkpoint is None


def test_a_member_without_a_past_begins(population, state):
    population.restore(state, "t00001")
    assert state.last_perturbation_time == 0


def test_the_bandit_sees_what_each_interval_brought(population):
    unit = UnitInterval(AnalyticWorkload().space(), ("lr",))
    data = population.bandit_data(unit)
    rows = list(data[["Trial", "Time", "Reward"]].itertuples(index=False, name=None))
    assert rows == [("member 0", 2, -0.2), ("member 0", 4, -0.4), ("member 1", 2, -0.2)]
    assert list(data["trial/coordinates/x0"]) == pytest.approx([0.5, 0.5, 0.75])
