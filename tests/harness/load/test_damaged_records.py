"""A run whose records are damaged is named with the file and the field, and is in no number."""

import io
import json
import math
import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from harness import plots
from harness.comparison.side_by_side import print_comparison
from harness.console.show import print_run
from harness.errors import RequestError
from harness.load import load_run, load_runs
from harness.records.slot_ledger import KINDS
from harness.report.collection import collect
from harness.report.run_pictures import run_pictures_section
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture(scope="module")
def whole_runs(tmp_path_factory):
    """Two runs that no test changes."""
    runs = tmp_path_factory.mktemp("whole")
    for seed, name in enumerate(("good", "bad")):
        write_synthetic_run(runs / name, SyntheticRun(seed=seed, trials=3, epochs=2))
    return runs


@pytest.fixture
def two_runs(whole_runs, tmp_path):
    """A whole run, and one that a test damages."""
    runs = tmp_path / "runs"
    shutil.copytree(whole_runs, runs)
    return runs / "good", runs / "bad"


def edit_json(name, **changes):
    def damage(run):
        values = json.loads((run / name).read_text())
        for path, value in changes.items():
            *above, last = path.split("__")
            entry = values
            for key in above:
                entry = entry[key]
            entry[last] = value
        (run / name).write_text(json.dumps(values))

    return damage


def summary(**changes):
    return edit_json("summary.json", **changes)


def ledger_of(value):
    return summary(ledger=dict.fromkeys(KINDS, value))


def settings(**changes):
    def damage(run):
        values = yaml.safe_load((run / "run.yaml").read_text())
        (run / "run.yaml").write_text(yaml.safe_dump({**values, **changes}))

    return damage


def cell(table, column, value):
    """Damages the first value of a column, without a detour that makes NaN empty."""

    def damage(run):
        file = run / f"{table}.parquet"
        rows = pq.read_table(file)
        kind = rows.schema.field(column).type
        values = [value, *rows.column(column).to_pylist()[1:]]
        place = rows.schema.get_field_index(column)
        pq.write_table(rows.set_column(place, column, pa.array(values, kind)), file)

    return damage


def texts(table, column):
    def damage(run):
        frame = pd.read_parquet(run / f"{table}.parquet")
        frame.assign(**{column: "x"}).to_parquet(run / f"{table}.parquet", index=False)

    return damage


def cut_off(table, length):
    def damage(run):
        file = run / f"{table}.parquet"
        file.write_bytes(file.read_bytes()[:length])

    return damage


def overwritten(table):
    """Damages the rows and leaves the footer whole."""

    def damage(run):
        file = run / f"{table}.parquet"
        content = bytearray(file.read_bytes())
        end = len(content) // 3
        content[4:end] = b"\x55" * (end - 4)
        file.write_bytes(content)

    return damage


def reason_of(found, run):
    return next(skipped.reason for skipped in found.skipped if skipped.path.name == run.name)


SUMMARIES = [
    (summary(runtime_s=None), "summary.json: 'runtime_s' is None"),
    (summary(runtime_s="x"), "summary.json: 'runtime_s' is 'x'"),
    (summary(runtime_s=True), "summary.json: 'runtime_s' is True"),
    (summary(runtime_s=-5.0), "summary.json: 'runtime_s' is -5.0"),
    (summary(runtime_s=math.nan), "summary.json: 'runtime_s' is nan"),
    (summary(runtime_s=math.inf), "summary.json: 'runtime_s' is inf"),
    (summary(runtime_s=0), "summary.json: 'runtime_s' is 0, and 'epochs' is 6"),
    (summary(startup_s=-1.0), "summary.json: 'startup_s' is -1.0"),
    (summary(seed="a"), "summary.json: 'seed' is 'a'"),
    (summary(hardware=None), "summary.json: 'hardware' is None: Input should be a valid dict"),
    (summary(hardware={"gpus": []}), "summary.json lacks 'hardware.cpu'"),
    (summary(hardware__gpus=[{"name": 3}]), "summary.json: 'hardware.gpus.0.name' is 3"),
    (ledger_of(0.0), "summary.json: 'ledger' holds no time"),
    (ledger_of(-1.0), "summary.json: 'ledger.startup' is -1.0"),
    (ledger_of("x"), "summary.json: 'ledger.startup' is 'x'"),
    (summary(ledger={"train": 1.0}), "summary.json: 'ledger' is not whole"),
    (summary(mode="up"), "summary.json: 'mode' is 'up'"),
    (summary(warnings="x"), "summary.json: 'warnings' is 'x'"),
    (summary(utilisation=7), "summary.json: 'utilisation' is 7"),
    (summary(workers=0), "summary.json: 'workers' is 0"),
    (summary(best_value="x"), "summary.json: 'best_value' is 'x'"),
    (summary(best_value=None), "summary.json: 'best_value' is null"),
    (summary(best_trial_id=None), "summary.json: 'best_value' is of no trial"),
    (summary(test_value="x"), "summary.json: 'test_value' is 'x'"),
    (summary(processor_hours="x"), "summary.json: 'processor_hours' is 'x'"),
    (edit_json("environment.json", space="x"), "environment.json: 'space' is 'x'"),
    (edit_json("environment.json", space={"hyperparameters": [{}]}), "environment.json lacks"),
    (edit_json("environment.json", versions="x"), "environment.json: 'versions' is 'x'"),
    (settings(checkpoint_interval="x"), "run.yaml: 'checkpoint_interval' is 'x'"),
    (settings(workload_options="x"), "run.yaml: 'workload_options' is 'x'"),
]

FOOTERS = [
    (cell("epochs", "end_s", -1.0), "epochs.parquet has -1 in the column 'end_s'"),
    (cell("epochs", "end_s", None), "epochs.parquet lacks values in the column 'end_s'"),
    (cell("epochs", "train_s", -1.0), "epochs.parquet has -1 in the column 'train_s'"),
    (cell("epochs", "train_s", math.inf), "epochs.parquet has inf in the column 'train_s'"),
    (cell("epochs", "epoch", 0), "epochs.parquet has 0 in the column 'epoch'"),
    (cell("spans", "start_s", -1.0), "spans.parquet has -1 in the column 'start_s'"),
    (texts("epochs", "train_s"), "epochs.parquet has another type in the column 'train_s'"),
    (texts("trials", "epochs"), "trials.parquet has another type in the column 'epochs'"),
    (texts("spans", "worker"), "spans.parquet has another type in the column 'worker'"),
    *((cut_off(table, 0), f"{table}.parquet is damaged") for table in ("trials", "spans")),
    *((cut_off(table, -1), f"{table}.parquet is damaged") for table in ("trials", "epochs")),
]

ROWS = [
    (cell("epochs", "end_s", math.nan), "epochs.parquet lacks values in the column 'end_s'"),
    (cell("epochs", "train_s", math.nan), "epochs.parquet lacks values in the column 'train_s'"),
    (cell("epochs", "trial_id", "t99"), "epochs.parquet has an epoch of 't99', which is none"),
    (cell("trials", "config", "x"), "trials.parquet has a configuration that is no JSON"),
    (cell("trials", "config", "{x}"), "trials.parquet has a configuration that is no JSON"),
    (cell("trials", "config", "[1]"), "trials.parquet has a configuration that is no JSON"),
    (cell("trials", "status", "odd"), "trials.parquet has 'odd' in the column 'status'"),
    (overwritten("trials"), "trials.parquet is damaged"),
    (overwritten("epochs"), "epochs.parquet is damaged"),
]


@pytest.mark.parametrize("damage, reason", [*SUMMARIES, *FOOTERS, *ROWS])
def test_a_damaged_run_is_named_and_the_others_are_read(two_runs, damage, reason):
    good, bad = two_runs
    damage(bad)
    collection, frames = collect([good, bad]), load_runs([good, bad])
    for found in (collection, frames):
        assert reason_of(found, bad).startswith(reason)
    assert list(collection.table["label"]) == list(frames.runs["run"]) == ["good"]


@pytest.mark.parametrize("damage, reason", [*SUMMARIES, *FOOTERS, *ROWS])
def test_a_damaged_run_by_itself_is_refused_with_the_same_line(two_runs, damage, reason):
    _good, bad = two_runs
    damage(bad)
    for read in (lambda: show(bad), lambda: plots.plot_run(bad), lambda: load_run(bad)):
        with pytest.raises(RequestError) as refusal:
            read()
        assert f"'{bad}' cannot be used: {reason}" in str(refusal.value)


@pytest.mark.parametrize("damage, reason", SUMMARIES + FOOTERS)
def test_a_damaged_run_is_compared_with_none(two_runs, damage, reason):
    good, bad = two_runs
    damage(bad)
    with pytest.raises(RequestError) as refusal:
        print_comparison(good, bad, Console(file=io.StringIO()))
    assert reason in str(refusal.value)


@pytest.mark.parametrize("damage, reason", [SUMMARIES[0], FOOTERS[0], ROWS[0]])
def test_a_report_over_damaged_runs_alone_says_what_is_wrong(two_runs, damage, reason):
    for run in two_runs:
        damage(run)
    with pytest.raises(RequestError, match="no whole run") as refusal:
        collect(two_runs)
    assert reason in str(refusal.value) and "and 1 more" in str(refusal.value)


def test_a_best_value_that_no_epoch_has_is_named(two_runs):
    good, bad = two_runs
    file = bad / "epochs.parquet"
    pd.read_parquet(file).assign(value=math.nan).to_parquet(file, index=False)
    assert "no value of a trial that succeeded" in reason_of(collect([good, bad]), bad)


def test_spans_of_a_kind_that_does_not_exist_leave_out_a_picture_and_no_number(two_runs):
    cell("spans", "kind", "odd")(two_runs[1])
    collection = collect(two_runs)
    section = run_pictures_section(collection, most=5)
    assert len(collection.runs) == 2 and len(section.figures) == 1
    assert "bad' is not drawn: spans.parquet has 'odd' in the column 'kind'." in section.missing


@pytest.mark.parametrize("epochs", [0, 3, 10**9])
def test_a_trial_with_other_epochs_than_its_rows_is_not_drawn(two_runs, epochs):
    _good, bad = two_runs
    cell("trials", "epochs", epochs)(bad)
    reason = f"has {epochs} in the column 'epochs' for 't00000', and epochs.parquet has 2 rows"
    for read in (show, plots.plot_run):
        with pytest.raises(RequestError, match=reason):
            read(bad)


def show(run):
    print_run(run, Console(file=io.StringIO()))


UNKNOWN_OF_EARLIER_RELEASES = (
    "arithmetic",
    "ranks_per_trial",
    "search_seed",
    "split_seed",
    "training_seed",
    "engine_patches",
    "test_samples",
    "test_value_fp32",
    "first_error",
)


def forget_later_fields(run):
    values = json.loads((run / "summary.json").read_text())
    for name in UNKNOWN_OF_EARLIER_RELEASES:
        values.pop(name)
    (run / "summary.json").write_text(json.dumps(values))


@pytest.mark.parametrize(
    "change",
    [
        forget_later_fields,
        summary(later_release={"a": 1}),
        summary(test_value=None),
        summary(test_value=math.nan),
        summary(test_value=math.inf),
        summary(startup_s=None),
        summary(startup_s=0),
        summary(gpu_hours=None, engine_patches=None, joules=None),
        summary(virtual=True, replay={"values": "recorded", "configurations": "x"}, runtime_s=0),
        cell("epochs", "value", math.nan),
        cell("epochs", "train_loss", None),
    ],
)
def test_what_a_run_may_lack_keeps_it_readable(two_runs, change):
    change(two_runs[1])
    assert len(collect([two_runs[1]]).runs) == 1
    show(two_runs[1])


def test_a_search_without_a_result_is_shown_and_left_out_as_one(two_runs):
    good, bad = two_runs
    summary(best_value=None, best_trial_id=None, best_config=None, test_value=None)(bad)
    assert reason_of(collect([good, bad]), bad) == "none of its trials succeeded"
    show(bad)


def test_a_search_that_ended_before_it_trained_is_shown_and_left_out_as_a_part(two_runs):
    good, bad = two_runs
    empty = {"best_value": None, "best_trial_id": None, "best_config": None, "test_value": None}
    summary(status="interrupted", runtime_s=0.0, epochs=0, trials=0, utilisation=0.0, **empty)(bad)
    ledger_of(0.0)(bad)
    for name in ("trials", "epochs", "spans"):
        file = bad / f"{name}.parquet"
        pd.read_parquet(file).iloc[:0].to_parquet(file, index=False)
    assert "it is a part of a search" in reason_of(collect([good, bad]), bad)
    show(bad)
