"""The command itself, as a user types it."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest

pytestmark = pytest.mark.slow

LOADING_S = 2.0
HARNESS = [sys.executable, "-c", "from harness.cli.main import main; main()"]


def request(out, algorithm, epoch_s=0.0, **options):
    given = [item for name, value in options.items() for item in (f"--{name}", str(value))]
    return [
        *HARNESS,
        *["run", "--backend", "ray", "--algo", algorithm, "--out", str(out), "--json"],
        *["--workload", "harness.testing.workloads:AnalyticWorkload", "--workers", "2"],
        *["--set", f"workload_options.epoch_s={epoch_s}", *given],
    ]


def wait_for_an_epoch(out, process):
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        files = (out / "events").glob("*.jsonl")
        if any('"event":"epoch"' in file.read_text() for file in files):
            return
        time.sleep(0.1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A search whose data take some seconds to load, and what it printed."""
    out = tmp_path_factory.mktemp("command") / "run"
    command = [*request(out, "pbt", trials=4), "--set", f"workload_options.load_s={LOADING_S}"]
    return out, subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_summary_is_all_that_goes_to_stdout_and_ray_says_nothing(finished):
    out, answer = finished
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["status"] == "completed"
    noise = ("raylet", "(pid=", "warning", "tune", " info ")
    assert not [word for word in noise if word in answer.stderr.lower()]
    assert not (out / "engine").exists()


def test_loading_lies_before_the_clock(finished):
    _out, answer = finished
    summary = json.loads(answer.stdout)
    # It would take each of two slots as long after t = 0.
    assert summary["ledger"]["startup"] < 2 * LOADING_S
    assert summary["startup_s"] > LOADING_S


@pytest.mark.long
def test_workers_that_outnumber_the_cores_begin_together(tmp_path):
    out = tmp_path / "run"
    workers = os.cpu_count() + 2
    subprocess.run(
        request(out, "rand", epoch_s=0.5, workers=workers, trials=workers, epochs=4),
        capture_output=True,
        timeout=300,
        check=True,
    )
    trials = pd.read_parquet(out / "trials.parquet")
    assert trials["worker"].nunique() == workers
    # One that started alone after the others would be some seconds late.
    assert trials["start_s"].max() < trials["end_s"].min()


@pytest.mark.parametrize(
    "algorithm", ["pbt", *(pytest.param(name, marks=pytest.mark.long) for name in ("rand", "bohb"))]
)
@pytest.mark.long
def test_the_time_limit_ends_every_trial_that_has_begun(tmp_path, algorithm):
    out = tmp_path / "run"
    options = {"trials": 8, "time-limit": 3}
    answer = subprocess.run(
        request(out, algorithm, epoch_s=0.5, **options),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    trials = pd.read_parquet(out / "trials.parquet")
    assert set(trials["status"]) <= {"completed", "stopped"}
    assert "time-limit" in set(trials["reason"])
    assert trials["epochs"].sum() < 40
    assert json.loads(answer.stdout)["test_value"] is not None


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_search_leaves_its_records_and_no_process(tmp_path, number):
    out = tmp_path / "run"
    with subprocess.Popen(
        request(out, "rand", epoch_s=0.5), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        wait_for_an_epoch(out, run)
        started = psutil.Process(run.pid).children(recursive=True)
        os.kill(run.pid, number)
        stdout, stderr = run.communicate(timeout=120)
    assert started
    assert run.returncode == 130, stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    assert "SIGTERM received" not in stderr
    _gone, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert len(pd.read_parquet(out / "epochs.parquet")) >= 1
    assert not (out / "engine").exists()


@pytest.mark.long
def test_ranks_of_a_trial_train_it_together(tmp_path):
    out = tmp_path / "run"
    command = [
        *HARNESS,
        *["run", "--backend", "ray", "--algo", "rand", "--workload", "digits", "--out", str(out)],
        *["--workers", "1", "--ranks-per-trial", "2", "--trials", "2", "--epochs", "1", "--json"],
        *["--set", "threads=1", "--set", "workload_options.images=200"],
        *["--set", "workload_options.channels=[8,16]"],
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert answer.returncode == 0, answer.stderr
    summary = json.loads(answer.stdout)
    assert summary["ranks_per_trial"] == 2
    assert set(pd.read_parquet(out / "trials.parquet")["status"]) == {"completed"}
