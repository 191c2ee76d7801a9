import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict

import pandas as pd
import pytest

from harness.errors import Interrupted, RequestError
from harness.load import load_run
from harness.processes.claim import Holder
from harness.records.directory import RunDirectory
from harness.search.api import resume
from harness.testing.backends import SequentialBackend

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
SEQUENTIAL = "harness.testing.backends:SequentialBackend"


class Cut(SequentialBackend):
    """Is interrupted after some epochs of the whole run."""

    after = 8

    def search(self, context, world):
        from harness.trials.run import TrialRun

        advance, left = TrialRun.advance, [self.after]

        def interrupted(run):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return advance(run)

        TrialRun.advance = interrupted
        try:
            super().search(context, world)
        finally:
            TrialRun.advance = advance


@pytest.fixture
def cut_run(sequential_run, tmp_path, monkeypatch):
    """Returns the directory of a run that was interrupted in its second trial."""

    def cut(name="cut", **settings):
        monkeypatch.setattr("harness.testing.backends.Cut", Cut, raising=False)
        with pytest.raises(Interrupted, match="harness resume"):
            sequential_run(name, backend="harness.testing.backends:Cut", **settings)
        path = tmp_path / name
        config = path / "run.yaml"
        config.write_text(config.read_text().replace("backends:Cut", "backends:SequentialBackend"))
        return path

    return cut


def curves(path):
    epochs = load_run(path).epochs.sort_values(["trial_id", "epoch"])
    return epochs[["trial_id", "epoch", "value"]].reset_index(drop=True).astype({"trial_id": "str"})


def test_a_resumed_run_ends_with_the_records_of_an_undisturbed_one(sequential_run, cut_run):
    whole = sequential_run("whole")
    path = cut_run()
    summary = json.loads((path / "summary.json").read_text())
    assert (summary["status"], summary["unfinished_trials"]) == ("interrupted", 5)
    resumed = resume(path)
    pd.testing.assert_frame_equal(curves(path), curves(whole.directory))
    assert resumed.summary["best_value"] == whole.summary["best_value"]
    assert resumed.summary["test_value"] == whole.summary["test_value"]
    assert (resumed.summary["status"], resumed.summary["sessions"]) == ("completed", 2)
    trials = load_run(path).trials
    assert list(trials["status"].astype(str)) == ["completed"] * 6


def test_rungs_are_rebuilt_from_the_log(sequential_run, cut_run):
    whole = sequential_run("whole", algo="asha", reduction_factor=2, trials=8)
    path = cut_run(algo="asha", reduction_factor=2, trials=8)
    resume(path)
    pd.testing.assert_frame_equal(curves(path), curves(whole.directory))


def test_the_ledger_of_all_sessions_sums_to_their_time(cut_run):
    summary = resume(cut_run()).summary
    assert sum(summary["ledger"].values()) == pytest.approx(summary["runtime_s"], rel=0.01)


@pytest.mark.slow
def test_time_between_the_sessions_does_not_count(cut_run):
    path = cut_run()
    time.sleep(1.5)
    assert resume(path).summary["runtime_s"] < 1.0


def test_work_beyond_the_last_state_is_lost_and_booked_so(cut_run):
    path = cut_run(checkpoint_interval=2)
    summary = resume(path).summary
    # The second trial had trained three epochs; the state is that after the second.
    epochs = load_run(path).epochs.groupby("trial_id", observed=True)["epoch"].apply(list)
    assert all(found == [1, 2, 3, 4, 5] for found in epochs)
    assert summary["ledger"]["lost"] > 0


def test_a_damaged_state_falls_back_to_the_one_before(cut_run, sequential_run):
    whole = sequential_run("whole")
    path = cut_run()
    states = sorted(RunDirectory(path).states.glob("t00001/*.pt"))
    assert len(states) == 2
    states[-1].write_bytes(states[-1].read_bytes()[:-7])
    resume(path)
    pd.testing.assert_frame_equal(curves(path), curves(whole.directory))


def test_without_any_whole_state_a_trial_begins_anew(cut_run, sequential_run):
    whole = sequential_run("whole")
    path = cut_run()
    for state in RunDirectory(path).states.glob("t00001/*.pt"):
        state.write_bytes(b"nothing")
    resume(path)
    pd.testing.assert_frame_equal(curves(path), curves(whole.directory))


def test_a_finished_run_is_returned_as_it_is(sequential_run):
    whole = sequential_run("whole")
    before = {p: p.stat().st_mtime_ns for p in whole.directory.rglob("*") if p.is_file()}
    assert resume(whole.directory).summary == whole.summary
    assert {p: p.stat().st_mtime_ns for p in whole.directory.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("damage", ["{", "[]", '{"status": "completed"}'])
def test_a_damaged_summary_is_made_again_from_the_events(sequential_run, damage):
    whole = sequential_run("whole")
    (whole.directory / "summary.json").write_text(damage)
    made_again = resume(whole.directory).summary
    same = ("status", "best_trial_id", "best_value", "test_value", "trials", "epochs", "warnings")
    assert [made_again[name] for name in same] == [whole.summary[name] for name in same]


def test_a_run_that_a_process_is_at_work_on_is_refused(cut_run):
    path = cut_run()
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        import psutil

        holder = Holder(socket.gethostname(), other.pid, psutil.Process(other.pid).create_time())
        lock = RunDirectory(path).lock
        lock.write_text(json.dumps(asdict(holder)))
        with pytest.raises(RequestError, match=f"process {other.pid} on"):
            resume(path)
    finally:
        other.kill()
        other.wait()
    assert resume(path).summary["status"] == "completed"


@pytest.mark.slow
def test_a_time_limit_leaves_trials_that_a_resume_finishes(sequential_run):
    slow = {"epoch_s": 0.2}
    result = sequential_run("whole", time_limit=0.5, trials=3, workload_options=slow)
    assert result.summary["unfinished_trials"] > 0
    assert len(load_run(result.directory).epochs) == 2
    resumed = resume(result.directory, {"time_limit": None})
    assert resumed.summary["unfinished_trials"] == 0
    assert list(load_run(result.directory).trials["status"].astype(str)) == ["completed"] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGUSR1, marks=pytest.mark.long)]
)
def test_a_signal_ends_a_search_as_an_interrupt_does(tmp_path, number):
    command = [sys.executable, "-m", "harness", "run", "--backend", SEQUENTIAL]
    command += ["--workload", ANALYTIC, "--trials", "500", "--out", str(tmp_path / "run")]
    command += ["--set", "workload_options.epoch_s=0.05"]
    search = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    events = tmp_path / "run" / "events"
    deadline = time.monotonic() + 30
    while not any(events.glob("0-*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(search.pid, number)
    _, errors = search.communicate(timeout=30)
    assert search.returncode == 130, errors
    assert f"harness resume {tmp_path / 'run'}" in errors
