"""How searches on MPI end when something dies or somebody asks, and how they go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.launch.mpiexec import find_mpiexec, launch_command
from harness.launch.rank_report import read_reports
from harness.load import load_run
from harness.records.events import read_events
from harness.testing.searches import HARNESS, run_command

pytestmark = pytest.mark.slow

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
HANGING = "harness.testing.faults:HangingWorkload"
TRIALS, EPOCHS = 6, 5
PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def engines_are_here():
    pytest.importorskip("mpi4py")
    pytest.importorskip("deephyper")
    pytest.importorskip("propulate")


@pytest.fixture
def start(tmp_path):
    """Starts a search, and returns it when some epochs are recorded."""

    def begin(backend, after, **settings) -> subprocess.Popen[str]:
        request = {
            "backend": backend,
            "algo": "rand",
            "workload": ANALYTIC,
            "workload_options": {"epoch_s": 0.15},
            "trials": TRIALS,
            "epochs": EPOCHS,
            "workers": 2,
            **settings,
        }
        command = run_command(tmp_path / "run", request)
        search = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: len(epochs_of(tmp_path / "run")) >= after or search.poll() is not None)
        return search

    return begin


def wait_until(is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def epochs_of(out: Path) -> list[tuple[str, int]]:
    events = read_events(out / "events") if (out / "events").is_dir() else []
    return [(e["trial_id"], e["epoch"]) for _writer, e in events if e["event"] == "epoch"]


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids_of(out: Path) -> list[int]:
    return [report.pid for report in read_reports(out)]


def assert_complete(out: Path) -> None:
    """Check that every trial has all its epochs, once each, and that time is booked once."""
    run = load_run(out)
    assert sorted(run.trials["number"]) == list(range(TRIALS))
    assert set(run.trials["status"].astype(str)) == {"completed"}
    epochs = run.epochs.groupby("trial_id", observed=True)["epoch"].apply(sorted)
    assert all(list(own) == list(range(1, EPOCHS + 1)) for own in epochs)
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["status"], summary["unfinished_trials"]) == ("completed", 0)
    assert not list((out / "checkpoints").glob("*.pt"))
    assert not (out / "engine").exists()


@pytest.mark.parametrize(
    "backend", ["propulate", pytest.param("deephyper", marks=pytest.mark.long)]
)
def test_a_search_goes_on_by_itself_when_a_rank_is_killed(start, tmp_path, backend):
    search, out = start(backend, after=4), tmp_path / "run"
    os.kill(pids_of(out)[1], signal.SIGKILL)
    _stdout, stderr = search.communicate(timeout=PATIENCE_S)
    assert search.returncode == 0, stderr
    assert "Rank 1 was killed by SIGKILL. Going on" in stderr
    assert_complete(out)


@pytest.mark.long
def test_ranks_that_train_one_trial_meet_anew_when_one_was_killed(start, tmp_path):
    out = tmp_path / "run"
    search = start(
        "propulate",
        after=2,
        workload="digits",
        workload_options={"images": 100, "test_images": 40, "channels": [8, 16]},
        trials=2,
        epochs=6,
        workers=1,
        ranks_per_trial=2,
        threads=1,
    )
    os.kill(pids_of(out)[1], signal.SIGKILL)
    _stdout, stderr = search.communicate(timeout=PATIENCE_S)
    assert search.returncode == 0, stderr
    assert "Going on" in stderr
    trials = load_run(out).trials
    assert list(trials["epochs"]) == [6, 6]


@pytest.mark.long
def test_without_retries_the_rank_is_named_and_fewer_workers_can_go_on(start, tmp_path):
    search, out = start("deephyper", after=4, max_retries=0), tmp_path / "run"
    os.kill(pids_of(out)[2], signal.SIGKILL)
    _stdout, stderr = search.communicate(timeout=PATIENCE_S)
    assert search.returncode == 1
    assert "Rank 2 was killed by SIGKILL." in stderr
    assert f"harness resume {out}" in stderr
    resumed = [*HARNESS, "resume", str(out), "--workers", "1"]
    subprocess.run(resumed, check=True, capture_output=True, timeout=PATIENCE_S)
    assert_complete(out)


@pytest.mark.long
def test_ranks_die_with_their_launcher_and_those_of_a_job_go_on(start, tmp_path):
    search, out = start("propulate", after=4), tmp_path / "run"
    ranks = pids_of(out)
    search.kill()
    search.communicate()
    wait_until(lambda: not any(map(is_alive, ranks)), patience_s=10)
    command = [*HARNESS, "resume", str(out)]
    line, environ = launch_command(find_mpiexec(os.environ), 3, command, os.environ)
    answer = subprocess.run(
        line, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert_complete(out)
    assert json.loads((out / "summary.json").read_text())["workers"] == 3


@pytest.mark.long
@pytest.mark.parametrize("backend", ["propulate", "deephyper"])
def test_a_search_goes_on_without_a_trial_that_hangs(start, tmp_path, backend):
    # Of the six learning rates that the seed gives, one lies above: each costs a session.
    settings = {"above": {"lr": 0.5}, "epoch": 2}
    search = start(
        backend,
        after=1,
        workload=HANGING,
        workload_options=settings,
        trial_timeout=1.0,
        max_retries=0,
    )
    _stdout, stderr = search.communicate(timeout=PATIENCE_S)
    assert search.returncode == 0, stderr
    trials = load_run(tmp_path / "run").trials
    hung = [json.loads(config)["lr"] > 0.5 for config in trials["config"]]
    assert sum(hung) == 1
    assert set(trials[hung]["reason"]) == {"timeout"}
    assert set(trials[hung]["status"].astype(str)) == {"failed"}
    assert set(trials[[not it for it in hung]]["status"].astype(str)) == {"completed"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("backend", "number"),
    [
        ("deephyper", signal.SIGTERM),
        ("propulate", signal.SIGUSR1),
        ("propulate", signal.SIGINT),
    ],
)
def test_a_signal_ends_a_search_and_nothing_is_left(start, tmp_path, backend, number):
    search, out = start(backend, after=4), tmp_path / "run"
    ranks = pids_of(out)
    search.send_signal(number)
    _stdout, stderr = search.communicate(timeout=PATIENCE_S)
    assert search.returncode == 130, stderr
    assert f"harness resume {out}" in stderr
    assert not any(map(is_alive, ranks))
    summary = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "interrupted"
    assert summary["unfinished_trials"] > 0
