import pytest

from harness.checkpoints.file import Checkpoint
from harness.checkpoints.in_flight import TrialStates
from harness.errors import RequestError
from harness.records.events import EventWriter, read_events
from harness.records.fold import fold_events
from harness.records.history import read_history
from harness.records.recorder import DriverRecorder, SlotRecorder
from harness.space import sample_configurations
from harness.testing.spaces import KINDS
from harness.trial import Trial

EPOCH = dict.fromkeys(
    ("train_s", "data_wait_s", "validate_s", "checkpoint_save_s", "checkpoint_load_s"), 0.1
) | {"train_loss": 0.1, "config": {"lr": 0.1}, "skipped_steps": 0, "samples": 1}


@pytest.fixture
def past(tmp_path, clock):
    return Past(tmp_path, clock)


class Past:
    """A run that died, written by hand."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.states = TrialStates(folder / "states")
        self.driver = DriverRecorder(EventWriter(folder / "events" / "driver-1.jsonl"), clock)
        self.slot = SlotRecorder(EventWriter(folder / "events" / "0-1.jsonl"), 0, clock)
        self.driver.search_began()

    def trial(
        self,
        number,
        epochs,
        member=None,
        state_at=None,
        parent=None,
        parent_epoch=None,
        config=None,
    ):
        name = f"t{number:05d}"
        trial = Trial(name, number, config or {"lr": 0.1}, member, parent, parent_epoch)
        self.slot.trial_started(trial, parameters=1)
        first = 1 + (parent_epoch or 0)
        for epoch in range(first, first + epochs):
            self.clock.advance(1)
            self.slot.epoch(name, epoch, value=epoch / 10, **EPOCH)
            self.slot.flush()
        if state_at is not None:
            self.states.save(Checkpoint(name, state_at, {"lr": 0.1}, 0.1, state_at, {}))
        return name

    def read(self, space=None):
        tables = fold_events(read_events(self.folder / "events"), "run", 1)
        return read_history(tables, self.states, space)


def test_a_finished_trial_is_over_with_its_whole_curve(past):
    past.slot.trial_ended(past.trial(0, epochs=3), "completed")
    (found,) = past.read().over
    assert found.values == {1: 0.1, 2: 0.2, 3: 0.3}
    assert (found.epoch, found.last_value) == (3, 0.3)


def test_a_trial_in_flight_ends_at_its_state(past):
    past.trial(0, epochs=5, state_at=4)
    (found,) = past.read().in_flight
    assert (found.epoch, found.last_value) == (4, 0.4)
    assert found.state is not None


def test_a_trial_in_flight_without_a_state_begins_anew(past):
    past.trial(0, epochs=2)
    (found,) = past.read().in_flight
    assert (found.state, found.values, found.epoch) == (None, {}, 0)


def test_a_state_that_was_never_reported_is_not_used(past):
    past.trial(0, epochs=2, state_at=7)
    assert past.read().in_flight[0].state is None


@pytest.mark.parametrize("reason", ["time-limit", "interrupted"])
def test_what_the_search_cut_off_goes_on(past, reason):
    past.slot.trial_ended(past.trial(0, epochs=2, state_at=2), "stopped", reason)
    assert past.read().in_flight[0].epoch == 2


def test_what_stopped_at_a_rung_or_failed_is_over(past):
    past.slot.trial_ended(past.trial(0, epochs=1), "stopped", "rung")
    past.slot.trial_ended(past.trial(1, epochs=1), "failed", "nan")
    history = past.read()
    assert len(history.over) == 2 and not history.in_flight
    assert history.at_rung(1) == [("t00000", 0.1), ("t00001", 0.1)]
    assert history.next_number == 2


def test_a_number_whose_trial_never_began_is_free_before_larger_ones(past):
    for number in (0, 2, 3):
        past.slot.trial_ended(past.trial(number, epochs=1), "stopped", "rung")
    assert past.read().free_numbers(3) == [1, 4, 5]


def test_a_member_is_what_its_latest_exploit_made_of_it(past):
    donor = past.trial(1, epochs=2, member=1, state_at=2)
    closed = past.trial(0, epochs=1, member=0)
    successor = Trial("t00002", 0, {"lr": 0.2}, 0, donor, 2)
    past.driver.trial_exploited(closed, successor)
    past.states.inherit(past.states.of(donor)[0], "t00002", 2)
    history = past.read()
    member = history.members[0]
    assert member.trial == successor
    assert (member.epoch, member.values) == (2, {})
    assert member.state is not None
    assert [found.trial.trial_id for found in history.over] == [closed]
    assert history.next_number == 3


@pytest.mark.parametrize("kind", KINDS)
def test_configurations_come_back_with_the_values_of_their_space(past, kind):
    drawn = sample_configurations(KINDS[kind](), 6, seed=4)
    for number, config in enumerate(drawn):
        past.trial(number, epochs=1, config=config)
    # One that an exploit opened, and that has not begun.
    past.slot.trial_exploited("t00000", Trial("t00006", 0, drawn[1], 0, "t00001", 1))
    found = {p.trial.trial_id: p.trial.config for p in past.read(KINDS[kind]()).trials}
    assert [repr(found[f"t{number:05d}"]) for number in range(6)] == [repr(c) for c in drawn]
    assert repr(found["t00006"]) == repr(drawn[1])


def test_trials_of_another_space_are_refused(past):
    past.trial(0, epochs=1, config={"depth": 3})
    with pytest.raises(RequestError, match=r"t00000 .* another space .* no hyperparameter 'depth'"):
        past.read(KINDS["tuples"]())
