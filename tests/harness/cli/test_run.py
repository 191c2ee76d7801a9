import json
import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from harness.records.schema import EPOCHS, SPANS, TRIALS

SMALL = ("--trials", 4, "--epochs", 3, "--workers", 1)


def test_a_run_leaves_everything_the_contract_names(harness_run):
    outcome = harness_run(*SMALL, "--out", "run")
    assert outcome.exit_code == 0, outcome.err
    present = {path.name for path in Path("run").iterdir()}
    assert {
        "run.yaml",
        "environment.json",
        "events",
        "trials.parquet",
        "epochs.parquet",
        "spans.parquet",
        "summary.json",
        "checkpoints",
    } <= present


def test_the_tables_have_the_contracts_columns(harness_run):
    harness_run(*SMALL, "--out", "run")
    for name, columns in [("trials", TRIALS), ("epochs", EPOCHS), ("spans", SPANS)]:
        assert list(pd.read_parquet(f"run/{name}.parquet").columns) == list(columns)


def test_json_is_all_that_goes_to_stdout(harness_run):
    outcome = harness_run(*SMALL, "--out", "run", "--json")
    assert json.loads(outcome.out) == json.loads(Path("run/summary.json").read_text())


def test_the_ledger_sums_to_workers_times_runtime(harness_run):
    harness_run(*SMALL, "--out", "run", "--set", "workload_options.epoch_s=0.02")
    summary = json.loads(Path("run/summary.json").read_text())
    assert sum(summary["ledger"].values()) == pytest.approx(
        summary["workers"] * summary["runtime_s"], rel=0.01
    )


def test_progress_without_a_terminal_is_plain_lines_on_stderr(harness_run):
    outcome = harness_run(*SMALL, "--out", "run")
    assert "trials: 4 completed of 4" in outcome.err
    assert "\x1b[" not in outcome.err


def test_the_default_directory_is_new_under_runs(harness_run):
    harness_run(*SMALL)
    (created,) = Path("runs").iterdir()
    assert created.name.endswith("rand-AnalyticWorkload-fp32")


def test_the_same_seed_gives_the_same_configurations_and_curves(harness_run):
    harness_run(*SMALL, "--out", "a")
    harness_run(*SMALL, "--out", "b")
    a, b = (pd.read_parquet(f"{name}/epochs.parquet") for name in "ab")
    assert list(a["config"]) == list(b["config"])
    assert list(a["value"]) == list(b["value"])


def test_a_configuration_file_is_overridden_by_options_and_settings(harness_run):
    Path("search.yaml").write_text("trials: 9\nepochs: 2\nseed: 1\n")
    outcome = harness_run(
        "--config", "search.yaml", "--trials", 3, "--workers", 1, "--set", "seed=5", "--json"
    )
    summary = json.loads(outcome.out)
    assert (summary["trials"], summary["epochs"], summary["seed"]) == (3, 6, 5)


def test_a_failing_trial_is_recorded_and_the_search_goes_on(harness_run):
    outcome = harness_run(
        *SMALL, "--seed", 1, "--out", "run", "--set", "workload_options.raise_above_lr=0.003"
    )
    assert outcome.exit_code == 0, outcome.err
    trials = pd.read_parquet("run/trials.parquet")
    failed = trials[trials["status"] == "failed"]
    assert 0 < len(failed) < len(trials)
    assert failed["error"].str.contains("injected fault").all()


def test_a_search_whose_trials_all_fail_exits_with_3(harness_run):
    outcome = harness_run(*SMALL, "--out", "run", "--set", "workload_options.raise_above_lr=0.0")
    assert outcome.exit_code == 3
    assert "injected fault" in outcome.err
    assert Path("run/summary.json").exists()


BAD_REQUESTS = [
    (("--backend", "rai"), "Did you mean 'ray'"),
    (("--workload", "cifar"), "Did you mean 'cifar10'"),
    (("--precision", "apm"), "Did you mean 'amp'"),
    (("--algo", "bohp"), "Did you mean 'bohb'"),
    (("--algo", "bohb"), "It is in: ray"),
    (("--precision", "tf32"), "needs an NVIDIA GPU"),
    (("--trials", "0"), "trials"),
    (("--trials", "-3"), "trials"),
    (("--epochs", "0"), "epochs"),
    (("--workers", "-1"), "workers"),
    (("--seed", "-1"), "seed"),
    (("--seed", str(2**32)), "seed"),
    (("--time-limit", "-5"), "time_limit"),
    (("--data", "nowhere"), "does not exist"),
    (("--config", "nowhere.yaml"), "cannot be read"),
    (("--set", "nonsense"), "key=value"),
    (("--set", "trails=3"), "Did you mean 'trials'"),
    (("--data", __file__), "is a file"),
    (("--set", "threads=2000"), "threads"),
    (("--set", "workload_options.speed=3"), "'speed' does not exist. Options:"),
    (("--set", "engine.speed=3"), "'speed' does not exist. Options of"),
    (("--set", "quantile=0.9"), "quantile"),
    (("--workload", "no.such.module:Thing"), "does not import"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_REQUESTS)
def test_a_wrong_request_is_one_clear_line_and_writes_nothing(harness_run, arguments, message):
    outcome = harness_run("--out", "run", *arguments)
    assert outcome.exit_code == 2
    assert message in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert "Traceback" not in outcome.err
    assert not Path("run").exists()


def test_a_configuration_that_is_not_yaml_is_refused(harness_run):
    Path("bad.yaml").write_text("trials: [1\n")
    outcome = harness_run("--config", "bad.yaml")
    assert outcome.exit_code == 2 and "not YAML" in outcome.err


def test_a_directory_that_holds_another_run_is_left_alone(harness_run):
    harness_run(*SMALL, "--out", "run")
    before = Path("run/summary.json").read_bytes()
    outcome = harness_run(*SMALL, "--out", "run")
    assert outcome.exit_code == 2 and "another run" in outcome.err
    assert Path("run/summary.json").read_bytes() == before


def test_a_directory_with_other_files_is_left_alone(harness_run):
    Path("run").mkdir()
    Path("run/notes.txt").write_text("mine")
    outcome = harness_run(*SMALL, "--out", "run")
    assert outcome.exit_code == 2 and "other files" in outcome.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_refused(harness_run):
    Path("locked").mkdir()
    Path("locked").chmod(stat.S_IRUSR | stat.S_IXUSR)
    outcome = harness_run(*SMALL, "--out", "locked/run")
    assert outcome.exit_code == 2 and "cannot be written" in outcome.err


def test_a_place_that_cannot_hold_a_directory_is_refused(harness_run):
    Path("file").write_text("")
    outcome = harness_run(*SMALL, "--out", "file/run")
    assert outcome.exit_code == 2 and "cannot be written" in outcome.err


def test_a_device_that_takes_no_files_is_refused(harness_run):
    outcome = harness_run(*SMALL, "--out", "/proc/run")
    assert outcome.exit_code == 2 and "cannot be written" in outcome.err
