"""A search whose processes died goes on from the harness' own records."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from backends.ray.backend import RayBackend
from backends.ray.brackets import bracket_budgets
from backends.ray.lost_cluster import SERVERS
from backends.ray.patches.controller import RetryingController
from harness.backend import SingleProcess
from harness.records.events import read_events
from harness.rules.halving import rung_epochs
from harness.search.prepare import prepare_resumed, search_context
from harness.testing.record_checks import check_epochs, check_numbers, check_statuses
from harness.testing.searches import HARNESS, read_search, run_command
from tests.backends.ray.conftest import WORKLOADS, ResolvedSearch, finished, resolve_search

pytestmark = pytest.mark.slow

SLOWLY = {"workload_options": {"epoch_s": 0.05}}


def recorded_epochs(events):
    log = read_events(events) if events.exists() else []
    return [(writer, event) for writer, event in log if event["event"] == "epoch"]


def processes_that_trained(events):
    log = read_events(events)
    return {event["pid"] for _writer, event in log if event["event"] == "writer"}


def kill(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_the_cluster():
    import ray
    from ray.util.placement_group import PlacementGroup

    for key, group in ray.util.placement_group_table().items():
        if group["state"] != "REMOVED":
            ray.util.remove_placement_group(PlacementGroup(ray.PlacementGroupID.from_hex(key)))


def wreck(context, directory, epochs, monkeypatch):
    """Begin a search, and have its driver and all its processes die after some epochs."""
    step = RetryingController.step

    def step_or_die(controller):
        if len(recorded_epochs(directory.events)) >= epochs:
            raise KeyboardInterrupt
        step(controller)

    with monkeypatch.context() as patched:
        patched.setattr(RetryingController, "step", step_or_die)
        with pytest.raises(KeyboardInterrupt):
            RayBackend().search(context, SingleProcess())
    kill(processes_that_trained(directory.events))
    free_the_cluster()


def next_session(resolved, **changes):
    config = resolved.run.config.model_copy(update=changes)
    run, directory = prepare_resumed(config, resolved.directory, None)
    return ResolvedSearch(search_context(run, directory), run, directory)


@pytest.fixture
def resumed(cluster, tmp_path, monkeypatch):
    """Begins a search, wrecks it after so many epochs a session, and resumes it to its end."""

    def run(algorithm, cuts, changes=None, **settings):
        resolved = resolve_search(tmp_path / "wrecked", algorithm, **{**SLOWLY, **settings})
        for epochs in cuts:
            wreck(resolved.context, resolved.directory, epochs, monkeypatch)
            resolved = next_session(resolved, **(changes or {}))
        RayBackend().search(resolved.context, SingleProcess())
        return finished(resolved)

    return run


def curves(result):
    return {(row.trial_id, row.epoch): row.value for row in result.epochs.itertuples()}


def assert_epochs_are_consecutive(result):
    for trial in result.trials.itertuples():
        first = 1 if pd.isna(trial.parent_epoch) else int(trial.parent_epoch) + 1
        assert result.epochs_of(trial.trial_id) == list(range(first, first + trial.epochs))
        assert (first + trial.epochs - 1 == 9) == (trial.status == "completed")


@pytest.mark.long
def test_random_search_ends_with_the_curves_of_an_undisturbed_one(resumed, searches):
    result = resumed("rand", cuts=[12, 40], changes={"workers": 1})
    assert curves(result) == curves(searches("rand"))
    assert list(result.trials["config"]) == list(searches("rand").trials["config"])
    assert set(result.trials["status"]) == {"completed"}
    assert result.tables.sessions == 3


@pytest.mark.long
def test_asha_stops_the_worse_trials_of_all_sessions_at_rungs(resumed):
    result = resumed("asha", cuts=[14], trials=12)
    assert_epochs_are_consecutive(result)
    assert set(result.trials["number"]) == set(range(12))
    stopped = result.trials[result.trials["status"] == "stopped"]
    assert set(stopped["reason"]) == {"rung"}
    assert set(stopped["epochs"]) <= set(rung_epochs(1, 3, 9))
    first = result.epochs[result.epochs["epoch"] == 1].set_index("trial_id")["value"]
    out = stopped[stopped["epochs"] == 1].index
    assert first[out].mean() < first.drop(out).mean()


@pytest.mark.long
def test_bohb_evaluates_as_many_trials_as_were_asked_for(resumed):
    result = resumed("bohb", cuts=[14], trials=12)
    assert_epochs_are_consecutive(result)
    assert list(result.trials["number"]) == list(range(12))
    assert result.trials["config"].nunique() == 12
    budgets = {epochs for bracket in bracket_budgets(9, 3) for epochs in bracket}
    assert set(result.trials["epochs"]) <= budgets
    assert set(result.trials["status"]) <= {"completed", "stopped"}
    assert (result.trials["status"] == "completed").any()


@pytest.mark.long
@pytest.mark.parametrize(("algorithm", "interval"), [("pbt", 1), ("pb2", 2)])
def test_a_population_goes_on_member_by_member(resumed, algorithm, interval):
    result = resumed(algorithm, cuts=[40], checkpoint_interval=interval)
    assert_epochs_are_consecutive(result)
    table = result.trials
    completed = table[table["status"] == "completed"]
    assert sorted(completed["member"]) == list(range(8))
    closed = table[table["status"] == "stopped"]
    assert set(closed["reason"]) == {"exploited"}
    assert len(table) == 8 + len(closed)
    assert list(table.index) == [f"t{number:05d}" for number in range(len(table))]
    children = table[table["parent_trial_id"].notna()]
    assert set(children["parent_epoch"] % interval) == {0}
    for child in children.itertuples():
        assert child.parent_epoch in result.epochs_of(child.parent_trial_id)


@pytest.mark.parametrize(
    "algorithm", ["bohb", *(pytest.param(name, marks=pytest.mark.long) for name in ("rand", "pbt"))]
)
@pytest.mark.long
def test_a_trial_outlives_the_process_that_trains_it(search, tmp_path, algorithm):
    killer = threading.Thread(target=kill_processes, args=(tmp_path / "run" / "events", 2))
    killer.start()
    # Both may strike the same trial.
    result = search(algorithm, trials=6, max_retries=2, workload_options={"epoch_s": 0.2})
    killer.join()
    assert result.processes > 2
    assert_epochs_are_consecutive(result)
    assert set(result.trials["status"]) <= {"completed", "stopped"}
    assert set(result.trials["number"]) == set(range(6))


def kill_processes(events, count, after_s=0.1):
    """Kill training processes, one after the other, each as soon as it has trained."""
    killed = set()
    deadline = time.monotonic() + 90
    while len(killed) < count and time.monotonic() < deadline:
        alive = {int(writer.split("-")[1]) for writer, _ in recorded_epochs(events)} - killed
        if alive:
            time.sleep(after_s)
            kill([min(alive)])
            killed.add(min(alive))
        time.sleep(0.02)


def test_a_killed_driver_leaves_nothing_and_its_run_is_resumed(tmp_path):
    out = tmp_path / "run"
    with begun(out, algo="pbt", trials=4, epoch_s=0.3) as driver:
        cluster = psutil.Process(driver.pid).children(recursive=True)
        files = [
            Path(file.path)
            for process in cluster
            if process.name() == "raylet"
            for file in process.open_files()
            if "session_" in file.path
        ]
        driver.kill()
    _gone, alive = psutil.wait_procs(cluster, timeout=20)
    assert alive == []
    assert files
    assert not [file for file in files if file.exists()]
    answer = resume_run(out)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["sessions"] == 2
    assert not (out / "engine").exists()
    search = read_search(out)
    check_epochs(search)
    check_statuses(search)
    check_numbers(search, population=True)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert resume_run(out).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.long
@pytest.mark.parametrize("server", SERVERS)
def test_a_search_ends_with_its_cluster_and_is_resumed(tmp_path, server):
    out = tmp_path / "run"
    # Trainings go on for a while without it, and Tune waits for it after that.
    with begun(out, algo="rand", trials=2, epoch_s=3.0) as driver:
        children = psutil.Process(driver.pid).children()
        next(child for child in children if child.name() == server).kill()
        _stdout, stderr = driver.communicate(timeout=60)
    assert driver.returncode == 1, stderr
    assert f"harness resume {out}" in stderr
    _gone, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    answer = resume_run(out)
    assert answer.returncode == 0, answer.stderr
    check_epochs(read_search(out))


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_a_search_within_seconds_with_the_line_to_resume_it(tmp_path, number):
    out = tmp_path / "run"
    with begun(out, algo="pbt", trials=4, epoch_s=0.3) as driver:
        driver.send_signal(number)
        _stdout, stderr = driver.communicate(timeout=60)
    assert driver.returncode == 130, stderr
    assert f"harness resume {out}" in stderr
    assert json.loads((out / "summary.json").read_text())["status"] == "interrupted"


@contextlib.contextmanager
def begun(out, epoch_s, **settings):
    """A search in a process of its own, after its first epoch."""
    request = {"backend": "ray", "workload": f"{WORKLOADS}:AnalyticWorkload", "workers": 2}
    options = {"workload_options": {"epoch_s": epoch_s}}
    command = run_command(out, {**request, **options, **settings})
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as driver:
        deadline = time.monotonic() + 120
        while not recorded_epochs(out / "events") and time.monotonic() < deadline:
            time.sleep(0.05)
        yield driver


def resume_run(out):
    command = [*HARNESS, "resume", str(out), "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
