import io

import pytest
from rich.console import Console

from harness.config import RunConfig
from harness.progress import ProgressView
from harness.progress_state import ProgressState
from harness.records.events import EventWriter
from harness.run_directory import RunDirectory
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
    state = ProgressState(4, 3, ACCURACY)
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
    state = ProgressState(2, 4, ACCURACY)
    for event in [{"event": "search_begin", "time": 0.0}, started("t0"), epoch("t0", 1, 0.5)]:
        state.take(event)
    assert state.time_left(10.0) == pytest.approx(70.0)


def test_an_exploited_members_trial_is_over():
    state = ProgressState(2, 4, ACCURACY)
    for event in [started("t0", member=0), started("t9", member=0, parent_epoch=2)]:
        state.take(event)
    assert state.states == {"stopped": 1, "running": 1}


def test_nothing_is_known_before_the_search_begins():
    state = ProgressState(2, 4, ACCURACY)
    assert state.elapsed(5.0) is None and state.time_left(5.0) is None


def view(tmp_path, clock, terminal):
    directory = RunDirectory(tmp_path)
    directory.events.mkdir()
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    config = RunConfig(trials=2, epochs=2, workers=1)
    return ProgressView(directory, config, ACCURACY, console, clock), console


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
