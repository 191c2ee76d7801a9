from pathlib import Path

SMALL = ("--trials", 4, "--epochs", 3, "--workers", 1)


def test_show_names_the_best_trial_and_the_ledger(harness_run, harness):
    harness_run(*SMALL, "--out", "run")
    outcome = harness("show", "run")
    assert outcome.exit_code == 0
    assert "best trial" in outcome.out and "worker-seconds" in outcome.out


def test_show_reads_a_run_that_has_not_ended(harness_run, harness):
    harness_run(*SMALL, "--out", "run")
    for name in ("summary.json", "trials.parquet", "epochs.parquet", "spans.parquet"):
        Path("run", name).unlink()
    outcome = harness("show", "run")
    assert outcome.exit_code == 0
    assert "running" in outcome.out


def test_show_refuses_what_is_no_run(harness):
    outcome = harness("show", ".")
    assert outcome.exit_code == 2 and "not a run directory" in outcome.err
