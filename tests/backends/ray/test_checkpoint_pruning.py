"""A checkpoint lives as long as a trial may start from it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.ray.checkpoint_pruning import CheckpointPruner


@dataclass(frozen=True)
class Saved:
    path: Path


@dataclass(eq=False)
class StubTrial:
    checkpoint: Saved | None = None
    finished: bool = False

    def is_finished(self):
        return self.finished


@pytest.fixture
def save(tmp_path):
    def write(pruner, trial, name):
        path = tmp_path / name
        path.mkdir()
        (path / "state.pt").write_bytes(b"state")
        pruner.on_checkpoint(0, [], trial, Saved(path))
        trial.checkpoint = Saved(path)
        return path

    return write


@pytest.fixture
def pruner(tmp_path):
    return CheckpointPruner(tmp_path)


def test_a_new_checkpoint_replaces_the_old_one(pruner, save):
    trial = StubTrial()
    old = save(pruner, trial, "a-1")
    new = save(pruner, trial, "a-2")
    pruner.on_trial_save(0, [trial], trial)
    assert not old.exists()
    assert new.exists()


def test_a_donors_checkpoint_stays_until_the_exploiting_member_has_its_own(pruner, save):
    donor, member = StubTrial(), StubTrial()
    copied = save(pruner, donor, "a-1")
    member.checkpoint = donor.checkpoint
    save(pruner, donor, "a-2")
    pruner.on_trial_save(0, [donor, member], donor)
    assert copied.exists()
    save(pruner, member, "b-1")
    pruner.on_trial_save(0, [donor, member], member)
    assert not copied.exists()


def test_a_finished_trials_checkpoint_goes_unless_another_needs_it(pruner, save):
    donor, member = StubTrial(), StubTrial()
    shared = save(pruner, donor, "a-1")
    member.checkpoint = donor.checkpoint
    pruner.on_trial_complete(0, [donor, member], donor)
    assert shared.exists()
    member.finished = True
    pruner.on_trial_save(0, [donor, member], donor)
    assert shared.exists()
    donor.finished = True
    pruner.on_trial_save(0, [donor, member], donor)
    assert not shared.exists()


def test_a_checkpoint_that_tune_has_not_registered_is_left_alone(pruner, save, tmp_path):
    trial = StubTrial()
    save(CheckpointPruner(tmp_path), StubTrial(), "a-1")
    pruner.on_trial_save(0, [trial], trial)
    assert (tmp_path / "a-1").exists()


def test_nothing_is_left_when_the_search_is_over_but_the_best_states(pruner, save, tmp_path):
    (tmp_path / "incumbents").mkdir()
    (tmp_path / "incumbents" / "t00000.pt").write_bytes(b"best")
    save(CheckpointPruner(tmp_path), StubTrial(), "a-1")
    pruner.on_experiment_end([])
    assert [path.name for path in tmp_path.iterdir()] == ["incumbents"]
    assert (tmp_path / "incumbents" / "t00000.pt").exists()
