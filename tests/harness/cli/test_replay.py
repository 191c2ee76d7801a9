"""The commands of virtual time, as one types them."""

import json
from pathlib import Path

import pytest

from harness.replay.table_file import write_table
from harness.testing.tables import rows_of, synthetic_table

SEARCH = ("--backend", "deephyper", "--algo", "asha", "--workers", 3, "--trials", 12)


@pytest.fixture
def table(harness):
    """A table in the working directory, which `harness` has made a new one."""
    made = synthetic_table(10, 4, steps=8)
    write_table(Path("table.parquet"), made.about, rows_of(made))
    return "table.parquet"


def test_replay_writes_a_run_directory_a_seed_that_show_reads(harness, table):
    outcome = harness("replay", "--table", table, *SEARCH, "--seeds", "0-2", "--out", "out")
    assert outcome.exit_code == 0, outcome.err
    assert "3 virtual searches: deephyper asha, 3 workers, 12 trials" in outcome.out
    assert sorted(path.name for path in Path("out").iterdir()) == ["seed0", "seed1", "seed2"]
    shown = harness("show", "out/seed1")
    assert shown.exit_code == 0 and "a replay of recorded trainings" in shown.out


def test_replay_prints_summaries_as_json_and_nothing_else(harness, table):
    outcome = harness("replay", "--table", table, *SEARCH, "--out", "out", "--json")
    (summary,) = json.loads(outcome.out)
    assert summary["virtual"] is True and summary["seed"] == 0 and summary["trials"] == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--algo", "pbt", "--backend", "ray"), "a table holds no such training"),
        (("--workers", 13), "13 workers have nothing to do with 12 trials"),
        (("--precision", "amp"), "no trainings with precision amp; it has: fp32"),
        (("--epochs", 9), "of 4 epochs, not of 9"),
        (("--seeds", "x"), "--seeds wants 0-99 or 0,3,5"),
        (("--set", "costs.nap_s=1"), "Cost 'nap_s' does not exist"),
        (("--set", "workload=digits"), "trainings of 'harness.testing"),
        (("--set", "costs=3"), "Costs are set one by one"),
        (("--set", "seed=4"), "--seeds names the seeds of a replay"),
        (("--set", "device=cuda"), "'device' means nothing to a replay"),
        (("--set", "costs.trial_s=.inf"), "Cost trial_s: Input should be a finite number"),
        (("--ranks-per-trial", 4), "need --set costs.serial_share"),
        (("--epochs", -1), "epochs"),
        (("--set", "time_limit=3"), "leave time_limit out"),
    ],
)
def test_what_is_wrong_with_a_replay_is_said_in_one_line(harness, table, options, said):
    outcome = harness("replay", "--table", table, *SEARCH, "--out", "out", *options)
    assert outcome.exit_code == 2
    assert said in outcome.err and outcome.err.count("\n") == 1
    assert not Path("out").exists()


def test_each_kind_of_configurations_is_told_with_its_count(harness):
    search = ("--backend", "deephyper", "--workers", 2, "--trials", 4, "--epochs", 2)
    outcome = harness("replay", *search, "--seeds", "0-2", "--out", "out")
    assert "configurations: the seed's own (in 1), drawn from the table (in 2)" in outcome.out


def test_trials_that_fail_are_told_with_the_first_reason(harness):
    made = synthetic_table(10, 4, steps=8)
    write_table(Path("failing.parquet"), made.about, rows_of(made).assign(failed_epoch=1))
    outcome = harness("replay", "--table", "failing.parquet", *SEARCH, "--out", "out")
    assert "12 of 12 trials failed; the first: " in outcome.out
    assert "the training failed here when it was recorded" in outcome.out


def test_a_workload_that_needs_data_is_no_closed_form(harness):
    search = ("--backend", "ray", "--algo", "pbt", "--workers", 4, "--trials", 4)
    outcome = harness("replay", *search, "--closed-form", "digits", "--out", "out")
    assert outcome.exit_code == 2 and outcome.err.count("\n") == 1
    assert "'digits' is no workload in closed form: it does not train without data" in outcome.err


def test_a_replay_does_not_write_over_other_files(harness, table):
    Path("out").mkdir()
    Path("out/other").touch()
    outcome = harness("replay", "--table", table, *SEARCH, "--out", "out")
    assert outcome.exit_code == 2 and "holds other files" in outcome.err


def test_a_replay_without_out_says_what_is_missing(harness, table):
    outcome = harness("replay", "--table", table)
    assert outcome.exit_code == 2 and "--out DIR" in outcome.err


@pytest.mark.slow
def test_plan_answers_in_words_and_names_its_page(harness, table):
    asked = ("--workers", "1,2", "--trials", 8, "--seeds", 2, "--target", 0.5)
    outcome = harness(
        "plan", "--table", table, "--search", "deephyper:rand", *asked, "--out", "plan"
    )
    assert outcome.exit_code == 0, outcome.err
    assert "The cheapest way to 0.5: deephyper rand" in outcome.out
    assert "plan: plan/index.html" in outcome.out and Path("plan/index.html").is_file()


def test_record_needs_a_folder_for_its_table(harness):
    Path("study.yaml").write_text("grid: {seed: [0]}\n")
    outcome = harness("record", "study.yaml", "--out", "nowhere/table.parquet")
    assert outcome.exit_code == 2 and "The folder of 'nowhere/table.parquet'" in outcome.err
