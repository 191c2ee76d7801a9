import pytest

from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun

SMALL = ("--trials", 4, "--epochs", 3, "--workers", 1)


@pytest.fixture
def two_runs(harness_run):
    def run(*options):
        harness_run(*SMALL, "--out", "a")
        harness_run(*SMALL, "--out", "b", *options)

    return run


def test_compare_shows_both_runs_and_that_nothing_speaks_against_it(two_runs, harness):
    two_runs()
    outcome = harness("compare", "a", "b")
    assert outcome.exit_code == 0
    assert "runtime" in outcome.out and "worker-seconds" in outcome.out
    assert "Nothing speaks against" in outcome.out


def test_compare_flags_another_budget_and_says_why(two_runs, harness):
    two_runs("--trials", 5)
    outcome = harness("compare", "a", "b")
    assert outcome.exit_code == 0
    assert "budget" in outcome.out and "trials: 5" in outcome.out


def test_compare_refuses_another_workload(two_runs, harness):
    two_runs("--workload", "harness.testing.workloads:AnalyticLossWorkload")
    outcome = harness("compare", "a", "b")
    assert outcome.exit_code == 2
    assert "do not compare" in outcome.err and outcome.err.count("\n") == 1


def test_compare_refuses_what_is_no_run(two_runs, harness):
    two_runs()
    outcome = harness("compare", "a", ".")
    assert outcome.exit_code == 2 and "no run.yaml" in outcome.err


def test_compare_tells_hours_by_kind_and_that_epochs_differ(harness, tmp_path):
    for name, epochs in (("a", 2), ("b", 3)):
        write_synthetic_run(tmp_path / name, SyntheticRun(trials=4, epochs=epochs, gpus=2))
    out = harness("compare", "a", "b").out
    assert "processor-hours, launch to result" in out and "GPU-hours, launch to result" in out
    assert "worker-seconds per epoch" in out and "unequal work" in " ".join(out.split())
