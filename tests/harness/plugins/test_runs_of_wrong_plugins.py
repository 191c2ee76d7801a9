"""Runs with plugins of strangers that are wrong in some way: what a user is told."""

import json

import pytest

from harness.plugins.loading import BACKENDS, WORKLOADS
from tests.harness.plugins.strangers import WRONG_BACKENDS, WRONG_WORKLOADS


def request(backend, workload, algorithm="rand"):
    return ["run", "--backend", backend, "--workload", workload, "--algo", algorithm]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, value, _ in WRONG_BACKENDS if name != "mine"]
)
def test_a_wrong_backend_ends_a_run_before_it_begins(install, command, tmp_path, name, value):
    install(BACKENDS, {name: value})
    code, out, err = command(*request(name, "digits"), "--out", "run")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", [name for name, _, _ in WRONG_WORKLOADS])
def test_a_wrong_workload_ends_a_run_before_it_begins(install, command, tmp_path, name):
    install(WORKLOADS, {name: value for name, value, _ in WRONG_WORKLOADS})
    code, out, err = command(
        *request("harness.testing.backends:SequentialBackend", name), "--out", "run"
    )
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert not (tmp_path / "run").exists()


def test_an_algorithm_that_is_declared_and_then_refused_is_one_line(install, command, tmp_path):
    install(BACKENDS, {"fickle": "{module}:Fickle"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, _out, err = command(*request("fickle", workload, "dream"), "--out", "run")
    assert code == 2
    assert err.strip() == (
        "harness: The backend 'fickle': check() fails: NotImplementedError: dream is for another "
        "day"
    )
    assert not (tmp_path / "run").exists()
    code, _out, err = command(*request("fickle", workload), "--trials", "2", "--epochs", "1")
    assert code == 0, err


def test_an_error_in_mid_search_is_one_line_and_its_traceback_a_file(install, command, tmp_path):
    install(BACKENDS, {"failing": "{module}:Failing"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, out, err = command(*request("failing", workload), "--out", "run")
    assert (code, out) == (1, "")
    assert "Backend 'failing' failed: KeyError: 'column score'." in err.splitlines()[-1]
    assert "Traceback" not in err
    assert "in search" in (tmp_path / "run" / "error.txt").read_text()
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "failed"


def test_a_search_that_evaluates_nothing_says_so(install, command):
    install(BACKENDS, {"lazy": "{module}:Lazy"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, _out, err = command(*request("lazy", workload), "--out", "run")
    assert code == 3
    assert "no trial trained an epoch" in err.splitlines()[-1]


def test_a_validation_that_is_no_number_fails_its_trials_and_says_so(install, command):
    install(WORKLOADS, {"wordy": "{module}:Wordy"})
    small = ["--trials", "2", "--epochs", "1", "--workers", "1", "--out", "run"]
    code, _out, err = command(
        *request("harness.testing.backends:SequentialBackend", "wordy"), *small
    )
    assert code == 3
    assert "validate() gave a dict, not a number" in err.splitlines()[-1]


def test_a_test_that_is_no_number_is_a_warning_of_a_search_that_is_whole(install, command):
    install(WORKLOADS, {"untestable": "{module}:Untestable"})
    small = ["--trials", "2", "--epochs", "1", "--workers", "1", "--json"]
    code, out, err = command(
        *request("harness.testing.backends:SequentialBackend", "untestable"), *small
    )
    assert code == 0, err
    summary = json.loads(out)
    assert (summary["trials"], summary["test_value"]) == (2, None)
    (warning,) = [line for line in summary["warnings"] if "test" in line]
    assert warning.endswith("TypeError: test() gave a str, not a number.")


def test_an_absent_engine_of_a_stranger_is_installed_by_its_own_name(install, command):
    install(BACKENDS, {"bare": "{module}:Bare"})
    code, _out, err = command(*request("bare", "digits"))
    assert code == 2
    assert err.strip() == ("harness: Backend 'bare' needs no_such_module: pip install bare-engine")
