"""``harness record`` as one types it: what is wrong is said before anything trains."""

from pathlib import Path

import pytest

from harness.replay import record as record_module
from harness.replay.table_file import read_rows, write_table
from harness.testing.tables import rows_of, synthetic_table

WORKLOAD = "harness.testing.workloads:AnalyticWorkload"
STUDY = (
    f"grid: {{seed: [0]}}\nsettings: {{workload: '{WORKLOAD}', trials: 2, epochs: 1, threads: 1}}\n"
)


@pytest.fixture
def recorded(harness, monkeypatch):
    """Record with a study, a run and a table in the working directory; nothing may train."""
    Path("study.yaml").write_text(STUDY)
    made = synthetic_table(3, 2)
    write_table(Path("table.parquet"), made.about, rows_of(made))

    def trains(*arguments):
        raise AssertionError("trained")

    monkeypatch.setattr(record_module, "_train", trains)

    def invoke(*arguments):
        before = sorted(Path.cwd().rglob("*"))
        outcome = harness("record", *arguments)
        assert outcome.exit_code == 2, outcome.err
        assert outcome.err.count("\n") == 1, outcome.err
        assert sorted(Path.cwd().rglob("*")) == before
        return outcome.err

    return invoke


@pytest.fixture
def run(harness_run, recorded):
    outcome = harness_run("--trials", 1, "--epochs", 1, "--set", "threads=1", "--out", "run")
    assert outcome.exit_code == 0, outcome.err
    return "run"


@pytest.fixture
def folder(recorded):
    Path("folder").mkdir()
    return "folder"


@pytest.mark.parametrize("options", [(), ("--processor-seconds",)])
def test_a_folder_is_no_place_for_a_table(recorded, folder, options):
    said = recorded("study.yaml", "--out", folder, *options)
    assert "'folder' is a folder; give --out a file, as in 'folder/table.parquet'" in said


def test_runs_are_not_added_to_a_folder(recorded, run, folder):
    assert "is a folder" in recorded(run, "--out", folder)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("missing/table.parquet", "does not exist; make it"),
        ("study.yaml/table.parquet", "does not exist; make it"),
        ("/proc/table.parquet", "takes no file"),
        ("/dev/null", "no file that a table can replace"),
        ("study.yaml", "is no table of trainings"),
    ],
)
def test_a_place_that_takes_no_table_is_refused_before_anything_trains(recorded, out, words):
    assert words in recorded("study.yaml", "--out", out)


def test_processor_seconds_are_refused_for_runs(recorded, run):
    said = recorded(run, "--processor-seconds", "--out", "table.parquet")
    assert "--processor-seconds trains the configurations of a study again" in said


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("nothing.yaml",), "'nothing.yaml' does not exist; give a study, or directories of runs"),
        (("study.yaml", "study.yaml"), "Give one study, or directories of runs"),
        (("table.parquet",), "is a Parquet file, as tables of trainings are; record takes a study"),
        (("bytes",), "holds no text; record takes a study"),
    ],
)
def test_what_is_no_source_is_refused(recorded, sources, words):
    Path("bytes").write_bytes(b"\xff\x00")
    assert words in recorded(*sources, "--out", "new.parquet")


def test_runs_of_another_length_are_refused_with_both_lengths(recorded, run):
    said = recorded(run, "--out", "table.parquet")
    assert "another number of epochs (1, not 2)" in said


def test_rows_of_runs_have_no_size_of_a_state(recorded, run, harness):
    assert harness("record", run, "--out", "new.parquet").exit_code == 0
    assert set(read_rows(Path("new.parquet"))["state_bytes"]) == {0}


GRID = "configurations: {lr: [0.1]}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("setings: {trials: 2}\n", "no study entry 'setings'. Did you mean 'settings'?"),
        (GRID + "setings: {trials: 2}\n", "no study entry 'setings'. Did you mean 'settings'?"),
        ("configuration: {lr: [0.1]}\n", "Did you mean 'configurations'?"),
        (GRID + "margins: 3\n", "margins: Input should be"),
        (GRID + "grid: {seed: []}\n", "axis 'seed' has no values"),
        ("configurations: {lr: []}\n", "wants hyperparameters with lists of values"),
        ("configurations:\n", "wants hyperparameters with lists of values"),
    ],
)
def test_a_wrong_study_is_refused_with_what_it_may_say(recorded, text, words):
    settings = f"settings: {{workload: '{WORKLOAD}'}}\n"
    Path("wrong.yaml").write_text(text if text.startswith("setings") else settings + text)
    said = recorded("wrong.yaml", "--out", "new.parquet")
    assert words in said
    assert "There is no" not in said or "configurations," in said.split("Known:")[1]
