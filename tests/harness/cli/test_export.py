from pathlib import Path

import pytest

SMALL = ("--trials", 2, "--epochs", 2, "--workers", 1)


@pytest.mark.slow
def test_export_says_how_to_open_what_it_wrote(harness_run, harness):
    pytest.importorskip("optuna")
    harness_run(*SMALL, "--out", "run")
    outcome = harness("export", "run", "--to", "optuna", "--out", "study.db")
    assert outcome.exit_code == 0, outcome.err
    assert "run: 2 trials. Open with: optuna-dashboard sqlite:///study.db" in outcome.out
    assert Path("study.db").is_file()


def test_a_run_that_has_not_ended_is_not_exported(harness_run, harness):
    harness_run(*SMALL, "--out", "run")
    Path("run/summary.json").unlink()
    outcome = harness("export", "run", "--to", "optuna", "--out", "study.db")
    assert outcome.exit_code == 2 and "has not ended" in outcome.err
    assert not Path("study.db").exists()


def test_what_is_no_run_is_not_exported(harness):
    outcome = harness("export", ".", "--to", "mlflow", "--out", "mlruns")
    assert outcome.exit_code == 2 and "not a run directory" in outcome.err


def test_an_unknown_target_is_refused(harness):
    outcome = harness("export", ".", "--to", "wandb", "--out", "x")
    assert outcome.exit_code == 2 and "mlflow" in outcome.err
