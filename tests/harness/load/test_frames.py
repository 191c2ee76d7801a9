import json
import shutil

import pandas as pd
import pytest

from harness.errors import RequestError
from harness.load import load_run, load_runs
from harness.load.table_checks import TABLES
from harness.records.schema import LATER
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture
def write_run(tmp_path):
    def write(path, **settings):
        return write_synthetic_run(tmp_path / path, SyntheticRun(**settings)).path

    return write


def reasons(frames):
    return {skipped.path.name: skipped.reason for skipped in frames.skipped}


def test_a_run_loads_as_frames_that_join_on_its_name(sequential_run):
    result = sequential_run("search")
    frames = load_run(result.directory)
    assert list(frames.runs["run"]) == ["search"]
    assert frames.runs["ledger_train"][0] == result.summary["ledger"]["train"]
    assert len(frames.trials) == result.summary["trials"]
    assert len(frames.epochs) == result.summary["epochs"]
    for name, columns in TABLES.items():
        frame = getattr(frames, name)
        own = [column for column in frame if not column.startswith("config.")]
        assert own == ["run", *columns]
        assert set(frame["run"]) == {"search"}


def test_many_runs_load_from_folders_of_any_depth(write_run, tmp_path):
    write_run("a/one", seed=0)
    write_run("a/deeper/two", seed=1)
    frames = load_runs(tmp_path)
    assert sorted(frames.runs["run"]) == ["one", "two"]
    assert set(frames.epochs["run"].unique()) == {"one", "two"}
    merged = frames.epochs.merge(frames.runs[["run", "seed"]], on="run")
    assert set(merged["seed"]) == {0, 1} and len(merged) == len(frames.epochs)


def test_rows_of_many_runs_are_those_of_the_single_files(write_run, tmp_path):
    paths = [write_run("one", algo="pbt"), write_run("two", seed=1)]
    frames = load_runs(tmp_path)
    for path in paths:
        own = frames.trials[frames.trials["run"] == path.name].reset_index(drop=True)
        single = pd.read_parquet(path / "trials.parquet")
        for column in ("trial_id", "parent_trial_id", "member", "best_value"):
            expected, found = single[column], own[column]
            assert (expected.isna() == found.isna()).all(), column
            assert list(expected.dropna()) == list(found.dropna()), column


def test_runs_of_one_name_are_told_apart_by_their_paths(write_run, tmp_path):
    write_run("monday/search", seed=0)
    write_run("tuesday/search", seed=1)
    labels = set(load_runs(tmp_path).runs["run"])
    assert len(labels) == 2 and all("search" in label for label in labels)


def test_a_run_in_progress_loads_from_its_events(sequential_run):
    result = sequential_run("search")
    for name in ("summary.json", *(f"{table}.parquet" for table in TABLES)):
        (result.directory / name).unlink()
    frames = load_run(result.directory)
    assert frames.runs["status"][0] == "running"
    assert len(frames.epochs) == result.summary["epochs"]


def edit_summary(path, **changes):
    summary = json.loads((path / "summary.json").read_text())
    (path / "summary.json").write_text(json.dumps({**summary, **changes}))


@pytest.mark.parametrize(
    "damage, reason",
    [
        (lambda path: (path / "run.yaml").unlink(), "no run.yaml"),
        (lambda path: (path / "run.yaml").write_text("a: [1"), "run.yaml is damaged"),
        (lambda path: (path / "summary.json").unlink(), "still runs, or died"),
        (lambda path: (path / "summary.json").write_text('{"format": 1,'), "summary.json is"),
        (lambda path: (path / "environment.json").unlink(), "no environment.json"),
        (lambda path: (path / "spans.parquet").unlink(), "no spans.parquet"),
        (lambda path: (path / "epochs.parquet").write_bytes(b"PAR1"), "epochs.parquet is damaged"),
        (lambda path: edit_summary(path, format=0), "format 0"),
        (lambda path: edit_summary(path, epochs=7), "and summary.json says 7"),
        (lambda path: edit_summary(path, status="interrupted"), "a part of a search"),
        (
            lambda path: edit_summary(path, best_value=None, best_trial_id=None),
            "none of its trials succeeded",
        ),
        (lambda path: edit_summary(path, ledger={"train": 1.0}), "ledger"),
    ],
)
def test_a_run_that_is_not_whole_is_named_and_left_out(write_run, tmp_path, damage, reason):
    write_run("good")
    damage(write_run("bad", seed=1))
    frames = load_runs(tmp_path)
    assert list(frames.runs["run"]) == ["good"]
    assert reason in reasons(frames)["bad"]


def test_a_table_without_one_of_its_columns_is_named(write_run, tmp_path):
    write_run("good")
    table = write_run("bad", seed=1) / "trials.parquet"
    pd.read_parquet(table).drop(columns="best_value").to_parquet(table)
    assert "lacks the column 'best_value'" in reasons(load_runs(tmp_path))["bad"]


def test_a_copy_of_a_run_is_left_out(write_run, tmp_path):
    shutil.copytree(write_run("original"), tmp_path / "renamed")
    frames = load_runs(tmp_path)
    assert len(frames.runs) == 1
    assert "it is a copy of" in reasons(frames)["renamed"]


def test_a_run_reached_twice_counts_once(write_run, tmp_path):
    path = write_run("one")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "again").symlink_to(path)
    frames = load_runs([path, tmp_path, path, tmp_path / "links"])
    assert len(frames.runs) == 1 and frames.skipped == ()


def test_a_folder_that_leads_back_to_itself_ends(write_run, tmp_path):
    write_run("one")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(load_runs(tmp_path).runs) == 1


def test_a_folder_without_a_run_is_named(write_run, tmp_path):
    write_run("runs/one")
    (tmp_path / "notes").mkdir()
    frames = load_runs([tmp_path / "runs", tmp_path / "notes"])
    assert reasons(frames) == {"notes": "there is no run in it"}


def test_no_whole_run_at_all_is_an_error(tmp_path):
    with pytest.raises(RequestError, match="no whole run"):
        load_runs(tmp_path)


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(RequestError, match="does not exist"):
        load_runs(tmp_path / "nowhere")


def test_what_is_no_run_does_not_load(tmp_path):
    with pytest.raises(RequestError, match="not a run directory"):
        load_run(tmp_path)


def drop_later_columns(run):
    for name in ("trials", "epochs"):
        table = pd.read_parquet(run / f"{name}.parquet")
        absent = LATER.intersection(table)
        assert absent
        table.drop(columns=list(absent)).to_parquet(run / f"{name}.parquet", index=False)


def test_runs_of_an_earlier_release_load_with_what_they_do_not_say_left_empty(write_run, tmp_path):
    old, new = write_run("old"), write_run("new", seed=1)
    drop_later_columns(old)
    alone, together = load_run(old).trials, load_runs(tmp_path)
    assert not together.skipped
    assert alone["origin"].isna().all() and alone["judged_value"].isna().all()
    said = together.trials.groupby("run", observed=True)["origin"].count()
    assert (said[old.name], said[new.name]) == (0, 8)
