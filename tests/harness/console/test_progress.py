import io

import pytest
from rich.console import Console

from harness.config import RunConfig
from harness.console.progress import ProgressView
from harness.console.progress_state import ProgressState
from harness.records.directory import RunDirectory
from harness.records.events import EventWriter
from harness.workload import Metric

ACCURACY = Metric("accuracy", "max")


def started(trial_id, member=None, parent_epoch=None, time=0.0):
    return {
        "event": "trial_start",
        "time": time,
        "trial_id": trial_id,
        "member": member,
        "parent_epoch": parent_epoch,
    }


def epoch(trial_id, number, value, time=0.0):
    return {"event": "epoch", "time": time, "trial_id": trial_id, "epoch": number, "value": value}


def test_states_and_best_value_follow_the_events():
    state = ProgressState(4, 3, 1, ACCURACY)
    for event in [
        {"event": "search_begin", "time": 10.0},
        started("t0"),
        epoch("t0", 1, 0.5),
        started("t1"),
        epoch("t1", 1, 0.7),
        {"event": "trial_end", "time": 1, "trial_id": "t0", "status": "stopped"},
    ]:
        state.take(event)
    assert state.states == {"stopped": 1, "running": 1}
    assert state.best == 0.7


def test_time_left_assumes_that_no_trial_stops_early():
    state = ProgressState(2, 4, 1, ACCURACY)
    for event in [{"event": "search_begin", "time": 0.0}, started("t0"), epoch("t0", 1, 0.5)]:
        state.take(event)
    assert state.time_left(10.0) == pytest.approx(70.0)


def test_an_exploited_members_trial_is_over():
    state = ProgressState(2, 4, 1, ACCURACY)
    for event in [started("t0", member=0), started("t9", member=0, parent_epoch=2)]:
        state.take(event)
    assert state.states == {"stopped": 1, "running": 1}


def test_nothing_is_known_before_the_search_begins():
    state = ProgressState(2, 4, 1, ACCURACY)
    assert state.elapsed(5.0) is None and state.time_left(5.0) is None


def pace(time=0.0, step_s=0.5, steps=20):
    return {"event": "pace", "time": time, "trial_id": "t0", "step_s": step_s, "steps": steps}


def test_the_first_steps_foretell_the_search():
    state = ProgressState(8, 4, 2, ACCURACY)
    for event in [{"event": "search_begin", "time": 0.0}, started("t0"), pace()]:
        state.take(event)
    assert state.epoch_s == 10.0
    assert state.search_s() == pytest.approx(8 * 4 * 10.0 / 2)


def test_an_epoch_foretells_where_a_training_tells_no_steps():
    state = ProgressState(2, 4, 1, ACCURACY)
    state.take(started("t0"))
    state.take(epoch("t0", 1, 0.5) | {"train_s": 3.0, "validate_s": 1.0})
    assert state.epoch_s == 4.0 and state.search_s() == pytest.approx(7 * 4.0)


def test_rate_and_time_left_are_those_of_the_session_that_was_begun_last():
    state = ProgressState(2, 100, 1, ACCURACY)
    first = [
        {"event": "driver", "session": 0, "time": 0.0},
        {"event": "search_begin", "time": 0.0},
        started("t0"),
        *(epoch("t0", number, 0.5) for number in range(1, 51)),
    ]
    second = [
        {"event": "driver", "session": 1, "time": 1000.0},
        {"event": "search_begin", "time": 1000.0},
    ]
    # The files of a log are read by their names, whatever their sessions.
    for event in second:
        state.take(event, "driver-2")
    for event in first:
        state.take(event, "0-1")
    assert state.rate(1010.0) == 0.0 and state.time_left(1010.0) is None
    state.take({"event": "writer", "session": 1, "time": 1000.0}, "0-2")
    state.take(epoch("t0", 51, 0.5), "0-2")
    assert state.epochs == 51 and state.session_epochs == 1
    assert state.rate(1010.0) == pytest.approx(0.1)
    assert state.time_left(1010.0) == pytest.approx((49 + 100) * 10.0)


def view(tmp_path, clock, terminal, width=120, shorter=""):
    directory = RunDirectory(tmp_path)
    directory.events.mkdir()
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width)
    config = RunConfig(trials=2, epochs=2, workers=1)
    return ProgressView(directory, config, ACCURACY, console, clock, shorter), console


def test_plain_lines_come_at_intervals(tmp_path, clock):
    shown, console = view(tmp_path, clock, terminal=False)
    with EventWriter(tmp_path / "events" / "0-1.jsonl") as writer:
        writer.write({"event": "search_begin", "time": clock()}, started("t0"))
    with shown:
        for _ in range(30):
            clock.advance(1.0)
            shown.poll()
    lines = console.file.getvalue().splitlines()
    assert 3 <= len(lines) <= 5
    assert "1 running of 2" in lines[1]


def test_a_terminal_gets_a_live_table(tmp_path, clock):
    shown, console = view(tmp_path, clock, terminal=True)
    with shown:
        shown.poll()
    assert "\x1b[" in console.file.getvalue()


@pytest.mark.parametrize(("step_s", "long"), [(0.1, False), (100.0, True)])
def test_a_long_search_is_foretold_with_what_makes_it_shorter(tmp_path, clock, step_s, long):
    shown, console = view(tmp_path, clock, terminal=False, shorter="--epochs and --trials")
    with EventWriter(tmp_path / "events" / "0-1.jsonl") as writer:
        writer.write({"event": "search_begin", "time": clock()}, started("t0"), pace(step_s=step_s))
    with shown:
        for _ in range(2):
            shown.poll()
    told = console.file.getvalue()
    assert told.count("An epoch takes about") == 1
    assert ("--epochs and --trials make it shorter" in told) == long


@pytest.mark.parametrize(
    ("events", "awaited"),
    [
        ([], "the first trial"),
        ([started("t0")], "the first training steps"),
        ([started("t0"), pace()], "the first epoch, of about 0:10"),
    ],
)
def test_before_the_first_epoch_it_is_said_what_is_waited_for(tmp_path, clock, events, awaited):
    shown, console = view(tmp_path, clock, terminal=False)
    with EventWriter(tmp_path / "events" / "0-1.jsonl") as writer:
        writer.write({"event": "search_begin", "time": clock()}, *events)
    with shown:
        shown.poll()
    assert f"waiting for: {awaited}" in console.file.getvalue()


def test_the_live_title_stays_on_one_line(tmp_path, clock):
    shown, console = view(tmp_path, clock, terminal=True, width=60)
    with shown:
        shown.poll()
    assert "ray · rand · digits · fp32 · 1 workers" in console.file.getvalue()
