import pytest

from harness.checkpoints.file import Checkpoint, read_checkpoint
from harness.checkpoints.in_flight import KEPT, TrialStates


def state(trial_id, epoch):
    return Checkpoint(trial_id, epoch, {"lr": 0.1}, 0.5, epoch, {"level": 0.1 * epoch})


@pytest.fixture
def states(tmp_path):
    return TrialStates(tmp_path / "trials")


def test_the_newest_states_are_kept_and_the_older_ones_go(states):
    for epoch in range(1, 12):
        states.save(state("t0", epoch))
    assert [epoch for epoch, _ in states.whole("t0")] == [11, 10][:KEPT]


def test_a_damaged_state_is_passed_over(states):
    states.save(state("t0", 1))
    newest = states.save(state("t0", 2))
    newest.write_bytes(newest.read_bytes()[:-1])
    assert [epoch for epoch, _ in states.whole("t0")] == [1]


def test_an_inherited_state_outlives_its_donor(states):
    donors = states.save(state("donor", 3))
    states.inherit(donors, "child", 3)
    states.forget("donor")
    assert read_checkpoint(states.of("child")[0]).trial_id == "donor"


def test_a_trial_that_is_over_leaves_nothing(states):
    states.save(state("t0", 1))
    states.forget("t0")
    assert states.of("t0") == []
    states.forget("t0")


def test_a_trial_that_hung_is_known_to_later_processes(states, tmp_path):
    assert not states.was_given_up("t0")
    states.give_up("t0")
    assert TrialStates(tmp_path / "trials").was_given_up("t0")
    states.forget_all()
    assert not states.was_given_up("t0")
