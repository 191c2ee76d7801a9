import json
from pathlib import Path

import pandas as pd
import pytest

from harness.load import load_run
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun

SMALL = ("--trials", 4, "--epochs", 3, "--workers", 1)


def test_show_names_the_best_trial_and_the_ledger(harness_run, harness):
    harness_run(*SMALL, "--out", "run")
    outcome = harness("show", "run")
    assert outcome.exit_code == 0
    assert "best trial" in outcome.out and "worker-seconds" in outcome.out


@pytest.mark.parametrize("columns", [80, 160])
def test_show_lists_trials_with_their_hyperparameters(harness, monkeypatch, tmp_path, columns):
    run = write_synthetic_run(tmp_path / "run", SyntheticRun(trials=4, epochs=2))
    monkeypatch.setenv("COLUMNS", str(columns))
    out = harness("show", "run").out
    rates = load_run(run.path).trials["config.lr"]
    assert all(f"lr={rate:.4g}" in out for rate in rates)
    assert ("hyperparameters of these trials" in out) == (columns == 80)
    assert max(map(len, out.splitlines())) <= columns


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


def test_show_says_where_configurations_come_from_and_what_decided(harness, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    run = write_synthetic_run(tmp_path / "run", SyntheticRun(algo="pbt", trials=4, epochs=2))
    file = run.table("trials")
    trials = pd.read_parquet(file)
    replaced = trials["reason"] == "exploited"
    assert replaced.sum() == 1
    trials.loc[replaced, ["judged_value", "judged_against"]] = [0.25, 0.75]
    trials.to_parquet(file, index=False)
    out = harness("show", "run").out
    assert "4 design, 1 exploit" in out and "exploit of 4" in out
    assert "stopped (exploited: 0.25 < 0.75)" in out


def test_show_reads_a_run_of_an_earlier_release(harness, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    run = write_synthetic_run(tmp_path / "run", SyntheticRun(trials=4, epochs=2))
    file = run.table("trials")
    pd.read_parquet(file).drop(columns=["origin", "told"]).to_parquet(file, index=False)
    outcome = harness("show", "run")
    assert outcome.exit_code == 0 and "configurations" not in outcome.out


def test_show_tells_hours_by_kind(harness, tmp_path):
    write_synthetic_run(tmp_path / "run", SyntheticRun(trials=4, epochs=2, gpus=2))
    out = harness("show", "run").out
    assert "hours held, launch to result" in out
    heading = next(line for line in out.splitlines() if "GPU-hours" in line and "proc" in line)
    assert heading.index("processor-hours") < heading.index("GPU-hours")
    assert any(line.split()[:1] == ["master"] for line in out.splitlines())


def test_show_names_what_was_mended_of_the_engine(harness, tmp_path):
    run = write_synthetic_run(tmp_path / "run", SyntheticRun(trials=2, epochs=1))
    summary = json.loads(run.summary.read_text())
    run.summary.write_text(json.dumps({**summary, "engine_patches": ["idle-actors-live"]}))
    outcome = harness("show", "run", "--trials", "0")
    assert "patches of ray" in outcome.out and "idle-actors-live" in outcome.out
