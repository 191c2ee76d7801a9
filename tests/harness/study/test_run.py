import os
import signal
import threading
import time

import pytest

from harness.processes.claim import claim
from harness.study.run import StudyRun
from harness.study.time_left import TimeLeft


@pytest.fixture
def run(directory, search_command):
    """Runs cells with the search that stands in; returns the tally and what was told."""

    def go(cells):
        lines = []
        study = StudyRun(directory, cells, TimeLeft(), lines.append, search_command)
        return study.run(), lines

    return go


def signal_when(path, number):
    def wait_and_signal():
        while not path.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=wait_and_signal, daemon=True).start()


def test_all_cells_are_run(run, directory, cells_of):
    cells = cells_of(grid={"algo": ["rand"], "precision": ["fp32"], "seed": [0, 1]})
    tally, lines = run(cells)
    assert tally.done == 2 and not tally.failures
    assert [directory.state(cell) for cell in cells] == ["done", "done"]
    assert any("done in 0:00, best level 0.5" in line for line in lines)
    assert any("2 of 2, about 0:00 left" in line for line in lines)


def test_a_failing_cell_stops_no_other(run, directory, cells_of):
    cells = cells_of(grid={"algo": ["rand"], "precision": ["amp", "fp32"], "seed": [0]})
    tally, lines = run(cells)
    assert tally.failures == [(cells[0], "No trial succeeded.")]
    assert [directory.state(cell) for cell in cells] == ["failed", "done"]
    assert any("FAILED" in line for line in lines)


def test_records_of_a_failure_are_kept_when_it_is_tried_again(run, directory, cells_of, record):
    (cell,) = cells_of(grid={"algo": ["rand"], "precision": ["fp32"], "seed": [0]})
    record(cell, "failed", first_error="an earlier error")
    run([cell])
    assert directory.state(cell) == "done"
    aside = directory.path / f"{cell.name}.failed-1" / "summary.json"
    assert "an earlier error" in aside.read_text()


def test_a_cell_that_another_process_runs_is_left_to_it(run, directory, cells_of):
    cells = cells_of(grid={"algo": ["rand"], "precision": ["fp32"], "seed": [0, 1]})
    claimed = claim(directory.lock(cells[0]))
    tally, _ = run(cells)
    assert [cell for cell, _ in tally.elsewhere] == [cells[0]]
    assert tally.done == 1
    assert not directory.run(cells[0]).exists()
    claimed.release()


def test_no_claim_is_left(run, directory, cells_of):
    cells = cells_of(grid={"algo": ["rand"], "precision": ["fp32", "amp"], "seed": [0]})
    run(cells)
    assert not list(directory.path.rglob("*.lock"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_lets_the_search_complete_its_records(run, directory, cells_of, number):
    cells = cells_of(grid={"algo": ["asha", "rand"], "precision": ["fp32"], "seed": [0]})
    signal_when(directory.run(cells[0]) / "ready", number)
    tally, lines = run(cells)
    assert tally.interrupted and not tally.failures
    assert [directory.state(cell) for cell in cells] == ["interrupted", "pending"]
    assert any("interrupted after" in line for line in lines)


def test_a_cell_that_was_cut_off_goes_on(run, directory, cells_of):
    (cell,) = cells_of(grid={"algo": ["asha"], "precision": ["fp32"], "seed": [0]})
    signal_when(directory.run(cell) / "ready", signal.SIGINT)
    run([cell])
    tally, lines = run([cell])
    assert tally.done == 1
    assert any("goes on (1 of 1" in line for line in lines)
    assert not list(directory.path.glob("*.interrupted-*"))


def test_a_cell_that_cannot_be_resumed_begins_anew_the_next_time(run, directory, cells_of, record):
    (cell,) = cells_of(grid={"algo": ["rand"], "precision": ["fp32"], "seed": [0]})
    record(cell, status=None)
    (directory.run(cell) / "run.yaml").write_text('{"broken": true}')
    tally, _lines = run([cell])
    assert tally.failures == [(cell, "It cannot be resumed.")]
    assert run([cell])[0].done == 1
    assert (directory.path / f"{cell.name}.interrupted-1").is_dir()


def test_signals_have_their_old_meaning_afterwards(run, cells_of):
    before = signal.getsignal(signal.SIGTERM)
    run(cells_of(grid={"algo": ["rand"], "precision": ["fp32"], "seed": [0]}))
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_searches_print_is_kept_from_all_attempts(run, directory, cells_of):
    (cell,) = cells_of(grid={"algo": ["rand"], "precision": ["amp"], "seed": [0]})
    run([cell])
    run([cell])
    assert directory.log(cell).read_text().count("No trial succeeded.") == 2
