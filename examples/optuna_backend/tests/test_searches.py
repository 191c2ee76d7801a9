"""What Optuna does with a search, and what becomes of one whose process dies."""

import json

import pandas as pd
import pytest
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Normal

from harness.errors import RequestError
from harness.plugins.loading import load_backend
from harness.testing.searches import read_search, run_search

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"


@pytest.fixture
def searched(tmp_path):
    """Runs a search through the console command; returns how it ended and its directory."""

    def run(algorithm, **settings):
        request = {"backend": "optuna", "algo": algorithm, "threads": 1, "device": "cpu"}
        outcome = run_search(tmp_path / "run", {**request, **settings}, timeout_s=180)
        return outcome, tmp_path / "run"

    return run


@pytest.mark.slow
def test_tpe_learns_which_way_is_better(searched):
    outcome, out = searched(
        "tpe", workload="harness.testing.workloads:AnalyticLossWorkload", trials=40, workers=1
    )
    assert outcome.returncode == 0, outcome.stderr
    values = pd.read_parquet(out / "trials.parquet").sort_values("number")["last_value"]
    assert values[-20:].median() < values[:13].median()


@pytest.mark.long
def test_one_worker_and_one_seed_give_the_same_search(searched, tmp_path):
    outcome, out = searched("tpe-hyperband", workload=ANALYTIC, trials=8, workers=1)
    assert outcome.returncode == 0, outcome.stderr
    out.rename(tmp_path / "first")
    searched("tpe-hyperband", workload=ANALYTIC, trials=8, workers=1)
    first, second = (read_search(path) for path in (tmp_path / "first", out))
    assert first.curves() == second.curves()
    assert first.configurations() == second.configurations()


@pytest.mark.long
def test_a_search_on_the_other_example_through_the_console_command(searched):
    pytest.importorskip("harness_diabetes", reason="pip install -e examples/diabetes_workload")
    outcome, out = searched("tpe-asha", workload="diabetes", trials=12, workers=2, precision="amp")
    assert outcome.returncode == 0, outcome.stderr
    summary = json.loads(outcome.stdout)
    assert (summary["trials"], summary["failed_trials"], summary["mode"]) == (12, 0, "min")
    assert summary["best_value"] < 0.7
    assert (pd.read_parquet(out / "trials.parquet")["reason"] == "rung").any()


@pytest.mark.long
def test_a_worker_process_that_dies_ends_the_search_with_its_records(searched):
    outcome, out = searched(
        "tpe",
        workload="harness.testing.faults:KilledWorkload",
        workload_options={"epoch": 3, "workload_options": {"epoch_s": 0.1}},
        trials=6,
        workers=2,
    )
    assert outcome.returncode == 1
    assert "was killed by SIGKILL" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    found = read_search(out)
    assert found.summary["status"] == "failed"
    assert "lost" in set(found.trials["status"])
    assert len(found.epochs) >= 2


def test_what_optuna_cannot_express_is_refused():
    backend = load_backend("optuna")
    conditional = ConfigurationSpace({"a": ["x", "y"], "b": (0.0, 1.0)})
    conditional.add(EqualsCondition(conditional["b"], conditional["a"], "x"))
    with pytest.raises(RequestError, match="no conditions"):
        backend.check(None, conditional)
    normal = ConfigurationSpace()
    normal.add(Float("lr", (0.0, 1.0), distribution=Normal(0.5, 0.1)))
    with pytest.raises(RequestError, match="'lr'"):
        backend.check(None, normal)
