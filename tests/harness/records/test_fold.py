import pytest

from harness.records.events import EventWriter, read_events
from harness.records.fold import fold_events, with_best_values
from harness.records.recorder import DriverRecorder, SlotRecorder
from harness.records.slot_time import ledger, utilisation
from harness.trial import Judgement, Trial

EPOCH = {
    "train_s": 1.0,
    "data_wait_s": 0.0,
    "validate_s": 0.5,
    "checkpoint_save_s": 0.0,
    "checkpoint_load_s": 0.0,
    "train_loss": 0.3,
    "config": {"lr": 0.1},
    "skipped_steps": 0,
    "samples": 10,
}


@pytest.fixture
def log(tmp_path, clock):
    return Log(tmp_path, clock)


class Log:
    """Writes a search's events by hand, and folds them."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.driver = DriverRecorder(EventWriter(folder / "driver-1.jsonl"), clock)

    def slot(self, slot, process=1):
        writer = EventWriter(self.folder / f"{slot}-{process}.jsonl")
        return SlotRecorder(writer, slot, self.clock)

    def fold(self, workers=1, closed=False):
        return fold_events(read_events(self.folder), "run", workers, closed)

    def begin_trial(self, slot, trial_id, member=None, parent=None, parent_epoch=None):
        slot.ledger.enter("setup", trial_id)
        self.clock.advance(1)
        trial = Trial(trial_id, 0, {"lr": 0.1}, member, parent, parent_epoch)
        slot.trial_started(trial, parameters=7)

    def train(self, slot, trial_id, epoch, value):
        slot.ledger.enter("train", trial_id)
        self.clock.advance(2)
        slot.ledger.enter("idle", trial_id)
        slot.epoch(trial_id, epoch, value=value, **EPOCH)
        slot.flush()


def test_a_finished_trial_becomes_a_row_with_its_epochs(log, clock):
    log.driver.search_began()
    clock.advance(3)
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    log.train(slot, "t0", 2, 0.4)
    slot.trial_ended("t0", "completed")
    log.driver.search_ended()
    tables = log.fold()
    trial = with_best_values(tables.trials, tables.epochs, "max").iloc[0]
    assert (trial.status, trial.epochs, trial.best_value, trial.last_value) == (
        "completed",
        2,
        0.5,
        0.4,
    )
    assert list(tables.epochs["end_s"]) == [6.0, 8.0]
    assert tables.runtime_s == 8.0


def test_the_ledger_covers_every_slot_from_begin_to_end(log, clock):
    log.driver.search_began()
    clock.advance(3)
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    slot.trial_ended("t0", "completed")
    clock.advance(4)
    log.driver.search_ended()
    booked = ledger(log.fold(workers=2).spans)
    assert booked["startup"] == 3
    assert booked["setup"] == 1
    assert booked["train"] == 2
    assert booked["idle"] == 4 + 10
    assert sum(booked.values()) == pytest.approx(2 * 10)
    assert utilisation(booked) == pytest.approx(2 / 17)


def test_a_process_that_dies_in_training_leaves_lost_time_and_a_lost_trial(log, clock):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    slot.ledger.enter("train", "t0")
    slot.flush()
    clock.advance(5)
    log.driver.search_ended()
    tables = log.fold(closed=True)
    assert tables.trials.iloc[0].status == "lost"
    assert ledger(tables.spans)["lost"] == 5


def test_a_second_process_on_a_slot_goes_on_where_the_first_waited(log, clock):
    log.driver.search_began()
    first = log.slot(0, process=1)
    log.begin_trial(first, "t0")
    log.train(first, "t0", 1, 0.5)
    first.trial_ended("t0", "completed")
    clock.advance(2)
    second = log.slot(0, process=2)
    log.begin_trial(second, "t1")
    log.train(second, "t1", 1, 0.5)
    second.trial_ended("t1", "completed")
    log.driver.search_ended()
    booked = ledger(log.fold().spans)
    assert booked["idle"] == 2
    assert booked["lost"] == 0
    assert sum(booked.values()) == pytest.approx(8)


def test_an_exploit_closes_the_members_trial(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0", member=0)
    log.train(slot, "t0", 1, 0.5)
    slot.trial_paused("t0")
    log.begin_trial(slot, "t9", member=0, parent="t1", parent_epoch=1)
    slot.trial_ended("t9", "completed")
    log.driver.search_ended()
    trials = log.fold().trials.set_index("trial_id")
    assert (trials.loc["t0", "status"], trials.loc["t0", "reason"]) == ("stopped", "exploited")
    assert trials.loc["t9", "parent_trial_id"] == "t1"


def test_a_driver_may_stop_a_paused_trial(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    slot.trial_paused("t0")
    log.driver.trial_stopped("t0", "bracket")
    log.driver.search_ended()
    trial = log.fold().trials.iloc[0]
    assert (trial.status, trial.reason) == ("stopped", "bracket")


def test_the_trials_own_end_wins_over_the_drivers(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    slot.trial_ended("t0", "completed")
    log.clock.advance(1)
    log.driver.trial_stopped("t0", "rung")
    assert log.fold().trials.iloc[0].status == "completed"


def test_a_running_search_is_read_as_it_stands(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    tables = log.fold(workers=2)
    assert not tables.ended
    assert tables.trials.iloc[0].status == "running"
    assert ledger(tables.spans)["lost"] == 0


def test_an_epoch_trained_twice_counts_once(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    log.train(slot, "t0", 1, 0.6)
    assert list(log.fold().epochs["value"]) == [0.6]


def test_checkpoint_costs_are_added_to_their_epoch(log):
    log.driver.search_began()
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    log.train(slot, "t0", 1, 0.5)
    slot.checkpoint_saved("t0", 1, 0.25)
    slot.flush()
    assert log.fold().epochs.iloc[0].checkpoint_save_s == 0.25


def test_an_empty_log_gives_empty_tables(log):
    tables = log.fold(workers=2, closed=True)
    assert tables.trials.empty and tables.epochs.empty


def test_a_trial_says_where_its_configuration_comes_from(log):
    slot = log.slot(0)
    slot.trial_started(Trial("t0", 0, {"lr": 0.1}, origin="model", told=18), parameters=7)
    trial = log.fold().trials.iloc[0]
    assert (trial.origin, trial.told) == ("model", 18)


def test_a_successor_says_what_its_exploit_said(log):
    slot, other = log.slot(0), log.slot(1)
    log.begin_trial(slot, "t0", member=0)
    successor = Trial("t1", 0, {"lr": 0.2}, 0, "t9", 2, origin="exploit", told=5)
    slot.trial_exploited("t0", successor)
    log.begin_trial(other, "t1", member=0, parent="t9", parent_epoch=2)
    trial = log.fold(workers=2).trials.set_index("trial_id").loc["t1"]
    assert (trial.origin, trial.told) == ("exploit", 5)


def test_a_successor_that_begins_before_its_exploit_is_told_says_the_same(log):
    log.begin_trial(log.slot(0), "t1", member=0, parent="t9", parent_epoch=2)
    successor = Trial("t1", 0, {"lr": 0.2}, 0, "t9", 2, origin="exploit", told=5)
    log.driver.trial_exploited("t0", successor)
    trial = log.fold().trials.iloc[0]
    assert (trial.origin, trial.told) == ("exploit", 5)


def test_the_values_that_decided_stand_beside_the_epoch_and_the_trial(log):
    slot = log.slot(0)
    log.begin_trial(slot, "t0")
    for epoch, value, against in ((1, 0.5, None), (2, 0.6, 0.55), (4, 0.7, 0.75)):
        log.train(slot, "t0", epoch, value)
        slot.trial_judged("t0", Judgement(epoch, value, against, goes_on=epoch < 4))
    slot.trial_ended("t0", "stopped", "rung")
    tables = log.fold()
    trial = tables.trials.iloc[0]
    assert (trial.judged_value, trial.judged_against) == (0.7, 0.75)
    assert list(tables.epochs["judged_against"].fillna(-1)) == [-1, 0.55, 0.75]


def test_a_log_of_an_earlier_release_says_nothing_of_origins(log):
    log.begin_trial(log.slot(0), "t0")
    file = next(log.folder.glob("0-*.jsonl"))
    old = file.read_text().replace('"origin":null,"told":null,', "")
    assert old != file.read_text()
    file.write_text(old)
    trial = log.fold().trials.iloc[0]
    assert trial[["origin", "told", "judged_value", "judged_against"]].isna().all()
