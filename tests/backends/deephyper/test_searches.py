"""Real searches on real ranks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config import RunConfig
from harness.launch.mpiexec import find_mpiexec, launch_command
from harness.rules.halving import rung_epochs
from harness.search.prepare import prepare, search_context

from .conftest import ANALYTIC

pytest.importorskip("deephyper")
pytest.importorskip("mpi4py")
pytestmark = pytest.mark.slow

ALGORITHMS = ["rand", "asha", "cbo", "cbo-asha", "regevo"]
LOSS = "harness.testing.workloads:AnalyticLossWorkload"
TRIALS = 11


@pytest.fixture(scope="module")
def on_two_ranks(searches):
    requests = {name: {"algo": name, "trials": TRIALS} for name in ALGORITHMS}
    requests |= {f"{name} again": {"algo": name, "trials": TRIALS} for name in ("cbo", "regevo")}
    requests["cbo, other seed"] = {"algo": "cbo", "trials": TRIALS, "seed": 1}
    requests["cbo, loss"] = {"algo": "cbo", "trials": 30, "workload": LOSS}
    requests["cbo, level"] = {"algo": "cbo", "trials": 30}
    requests["rand, level"] = {"algo": "rand", "trials": 30}
    return searches.run(1, requests)


@pytest.fixture(scope="module")
def on_three_ranks(searches):
    requests = {name: {"algo": name, "trials": TRIALS} for name in ALGORITHMS}
    requests["asha, loss"] = {"algo": "asha", "trials": TRIALS, "workload": LOSS}
    faults = {"raise_above_lr": 0.05, "fault_epoch": 2}
    requests |= {
        f"{name}, some fail": {"algo": name, "trials": 16, "workload_options": faults}
        for name in ALGORITHMS
    }
    requests["cbo, some are NaN"] = {
        "algo": "cbo",
        "trials": 12,
        "workload_options": {"nan_above_lr": 0.05},
    }
    requests |= {
        f"{name}, all fail": {
            "algo": name,
            # Fewer than a worker takes for hopeless.
            "trials": 4,
            "workload_options": {"raise_above_lr": 0.0},
        }
        for name in ALGORITHMS
    }
    requests["asha, time limit"] = {
        "algo": "asha",
        "trials": 50,
        "time_limit": 1.5,
        "grace_epochs": 3,
        "workload_options": {"epoch_s": 0.15},
    }
    return searches.run(2, requests)


@pytest.fixture(scope="module")
def on_five_ranks(searches):
    return searches.run(4, {name: {"algo": name, "trials": TRIALS} for name in ALGORITHMS})


@pytest.fixture(
    params=[
        "on_three_ranks",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("on_two_ranks", "on_five_ranks")),
    ]
)
def world(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_exactly_as_many_trials_as_asked_on_any_number_of_ranks(world, algorithm):
    search = world[algorithm]
    assert sorted(search.trials["number"]) == list(range(TRIALS))
    assert search.trials["trial_id"].is_unique
    assert set(search.trials["status"]) <= {"completed", "stopped"}
    assert set(search.trials["worker"]) <= set(range(search.config.workers))
    assert search.summary["status"] == "completed"


@pytest.mark.parametrize("algorithm", ["rand", "asha"])
def test_random_search_evaluates_the_seeds_configurations(world, algorithm, tmp_path):
    search = world[algorithm]
    request = RunConfig(backend="deephyper", workload=ANALYTIC, trials=TRIALS)
    expected = search_context(*prepare(request, tmp_path / "run")).configurations
    assert [json.loads(config) for config in search.configurations] == expected


@pytest.mark.long
def test_every_slot_works(on_five_ranks):
    assert set(on_five_ranks["rand"].trials["worker"]) == {0, 1, 2, 3}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_worker_second_is_booked(world, algorithm):
    summary = world[algorithm].summary
    booked = sum(summary["ledger"].values())
    assert booked == pytest.approx(summary["workers"] * summary["runtime_s"], rel=0.01)
    assert summary["ledger"]["lost"] == 0


@pytest.mark.parametrize("name", ["asha", "cbo-asha"])
def test_trials_stop_at_rungs_only(world, name):
    search = world[name]
    config = search.config
    rungs = rung_epochs(config.grace_epochs, config.reduction_factor, config.epochs)
    stopped = search.trials[search.trials["status"] == "stopped"]
    assert len(stopped) > 0
    assert set(stopped["reason"]) == {"rung"}
    assert set(stopped["epochs"]) <= set(rungs)
    assert set(search.trials[search.trials["status"] == "completed"]["epochs"]) == {config.epochs}


def test_the_better_trials_pass_a_rung_in_both_directions(on_three_ranks):
    for name in ("asha", "asha, loss"):
        search = on_three_ranks[name]
        sign = 1 if name == "asha" else -1
        first = search.epochs[search.epochs["epoch"] == 1].set_index("trial_id")["value"] * sign
        passed = search.trials.set_index("trial_id")["epochs"] > 1
        assert first.idxmax() in set(passed[passed].index)
        assert first[passed[passed].index].mean() > first[passed[~passed].index].mean()


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
@pytest.mark.long
def test_one_worker_makes_a_seed_reproducible(on_two_ranks, algorithm):
    again = on_two_ranks[f"{algorithm} again"]
    assert on_two_ranks[algorithm].configurations == again.configurations
    assert on_two_ranks[algorithm].summary["best_value"] == again.summary["best_value"]


@pytest.mark.long
def test_another_seed_searches_elsewhere(on_two_ranks):
    other = on_two_ranks["cbo, other seed"]
    assert set(on_two_ranks["cbo"].configurations).isdisjoint(other.configurations)


@pytest.mark.long
def test_a_loss_is_searched_as_the_level_it_mirrors(on_two_ranks):
    level, loss = on_two_ranks["cbo, level"], on_two_ranks["cbo, loss"]
    assert loss.summary["best_value"] < 1 - on_two_ranks["rand, level"].summary["best_value"]
    assert loss.summary["best_value"] == pytest.approx(1 - level.summary["best_value"], abs=0.03)
    assert (loss.epochs["value"] >= 0).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_failed_trials_are_recorded_and_the_search_goes_on(on_three_ranks, algorithm):
    search = on_three_ranks[f"{algorithm}, some fail"]
    assert len(search.trials) == 16
    failed = search.trials[search.trials["status"] == "failed"]
    assert 0 < len(failed) < 16
    assert all("injected fault" in error for error in failed["error"])
    assert search.summary["failed_trials"] == len(failed)
    assert search.summary["best_value"] is not None


def test_a_nan_is_a_failed_trial(on_three_ranks):
    failed = on_three_ranks["cbo, some are NaN"].trials.query("status == 'failed'")
    assert set(failed["reason"]) == {"nan"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_search_whose_trials_all_fail_ends_by_itself(on_three_ranks, algorithm):
    search = on_three_ranks[f"{algorithm}, all fail"]
    assert list(search.trials["status"]) == ["failed"] * 4
    assert search.summary["best_trial_id"] is None


def test_a_time_limit_cuts_trials_and_begins_no_more(on_three_ranks):
    search = on_three_ranks["asha, time limit"]
    assert 2 < len(search.trials) < 50
    assert search.trials["start_s"].max() < 1.5
    assert search.summary["runtime_s"] < 2.5
    cut = search.trials[search.trials["reason"] == "time-limit"]
    assert 1 <= len(cut) <= 2
    assert (cut["end_s"] >= 1.5).all()
    assert "lost" not in set(search.trials["status"])


def test_a_plain_mpi_job_runs_a_search_and_prints_once(tmp_path):
    harness = Path(sys.executable).with_name("harness")
    command = [str(harness), "run", "--backend", "deephyper", "--algo", "cbo", "--trials", "6"]
    command += ["--workload", ANALYTIC, "--out", "run", "--json"]
    line, environ = launch_command(find_mpiexec(os.environ), 3, command, os.environ)
    finished = subprocess.run(
        line, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["workers"] == 2
    assert "warning" not in finished.stderr.lower()
    # DeepHyper writes next to nothing, and never beside the run directory.
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert list(tmp_path.rglob("*.csv")) == []
