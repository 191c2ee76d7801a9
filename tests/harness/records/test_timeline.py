import pytest

from harness.records.fold import fold_events
from harness.records.slot_time import ledger


class Script:
    """Writes the events of one process by hand."""

    def __init__(self, lines, writer, session, began):
        self.lines, self.writer, self.now = lines, writer, began
        kind = {"event": "writer", "slot": int(writer[0])} if writer[0].isdigit() else None
        self.add(**(kind or {"event": "driver", "workers": 1}), session=session)

    def add(self, **event):
        self.lines.append((self.writer, {"time": self.now, **event}))

    def wait(self, seconds):
        self.now += seconds
        return self

    def span(self, kind, seconds, trial_id="t0"):
        start = self.now
        self.wait(seconds).add(event="span", kind=kind, start=start, trial_id=trial_id)

    def start(self, trial_id="t0", parent_epoch=None):
        self.add(
            event="trial_start",
            trial_id=trial_id,
            number=0,
            member=None,
            config={},
            parent_trial_id=None,
            parent_epoch=parent_epoch,
            parameters=1,
        )

    def epoch(self, epoch, seconds=2.0, trial_id="t0"):
        self.span("train", seconds, trial_id)
        timing = dict.fromkeys(
            ("data_wait_s", "validate_s", "checkpoint_save_s", "checkpoint_load_s"), 0.0
        )
        self.add(
            event="epoch",
            trial_id=trial_id,
            epoch=epoch,
            train_s=seconds,
            **timing,
            train_loss=0.1,
            value=float(epoch),
            config={},
            skipped_steps=0,
            samples=1,
        )


def cut_and_resumed(second_began, resumed_after=1):
    """Two epochs and half a third, then a second session that goes on after `resumed_after`."""
    lines = []
    driver = Script(lines, "driver-1", 0, 100.0)
    driver.add(event="search_begin")
    slot = Script(lines, "0-2", 0, 100.0)
    slot.start()
    slot.epoch(1)
    slot.epoch(2)
    slot.span("train", 1.0)
    driver.wait(6.0).add(event="session_end")
    driver = Script(lines, "driver-1-s1", 1, second_began)
    driver.add(event="search_begin")
    slot = Script(lines, "0-2-s1", 1, second_began)
    slot.span("setup", 1.0)
    slot.add(event="trial_resume", trial_id="t0", epoch=resumed_after)
    for epoch in range(resumed_after + 1, 4):
        slot.epoch(epoch)
    slot.add(event="trial_end", trial_id="t0", status="completed", reason=None, error=None)
    driver.wait(slot.now - second_began).add(event="search_end")
    return fold_events(lines, "run", 1)


def test_an_epoch_that_is_trained_again_counts_once_and_its_first_work_is_lost():
    tables = cut_and_resumed(500.0)
    assert list(tables.epochs["epoch"]) == [1, 2, 3]
    booked = ledger(tables.spans)
    # The second epoch, the begun third and the second in which nothing is known.
    assert booked["lost"] == pytest.approx(2.0 + 1.0 + 1.0)
    assert booked["train"] == pytest.approx(3 * 2.0)


def test_the_clock_stands_still_between_sessions():
    tables = cut_and_resumed(500.0)
    assert tables.runtime_s == pytest.approx(6.0 + 1.0 + 2 * 2.0)
    assert tables.sessions == 2
    assert tables.epochs["end_s"].is_monotonic_increasing


def test_a_clock_that_was_set_back_between_sessions_changes_nothing():
    assert cut_and_resumed(3.0).epochs.equals(cut_and_resumed(500.0).epochs)


def test_every_second_of_both_sessions_is_booked_once():
    tables = cut_and_resumed(500.0, resumed_after=2)
    spans = tables.spans.sort_values("start_s")
    assert (spans["end_s"] - spans["start_s"]).sum() == pytest.approx(tables.runtime_s)
    assert list(spans["start_s"])[1:] == pytest.approx(list(spans["end_s"])[:-1])


def test_sessions_may_have_different_worker_counts():
    lines = []
    for session, workers in ((0, 3), (1, 1)):
        driver = Script(lines, f"driver-{session}", session, 1000.0 * session)
        driver.add(event="driver", workers=workers)
        driver.add(event="search_begin")
        driver.wait(10.0).add(event="search_end")
    tables = fold_events(lines, "run", 1)
    assert (tables.spans["end_s"] - tables.spans["start_s"]).sum() == pytest.approx(30.0 + 10.0)


def test_a_killed_session_lasts_as_long_as_its_lock_was_renewed():
    lines = []
    driver = Script(lines, "driver-1", 0, 100.0)
    driver.add(event="search_begin")
    following = Script(lines, "session-1", 1, 900.0)
    following.add(event="session", session=1, previous_alive=142.0)
    assert fold_events(lines, "run", 1, closed=True).runtime_s == pytest.approx(42.0)


def test_a_trial_that_begins_anew_keeps_its_begin_and_none_of_its_epochs():
    lines = []
    driver = Script(lines, "driver-1", 0, 0.0)
    driver.add(event="search_begin")
    slot = Script(lines, "0-1", 0, 1.0)
    slot.start()
    slot.epoch(1)
    slot.start()
    slot.epoch(1)
    tables = fold_events(lines, "run", 1)
    assert list(tables.epochs["end_s"]) == [5.0]
    assert tables.trials["start_s"].iloc[0] == 1.0
    assert ledger(tables.spans)["lost"] == pytest.approx(2.0)
