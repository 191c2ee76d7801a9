"""Emulated runs: their results count, their times do not."""

import itertools
import re

import pandas as pd
import pytest

from harness.comparison.side_by_side import print_comparison
from harness.report.collection import collect
from harness.report.directions import judge_directions
from harness.report.speed_up import search_speed_ups, training_speed_ups
from harness.report.write import write_report
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulated")
    cells = itertools.product(("rand", "pbt"), ("fp32", "amp"), (0, 1))
    for number, (algo, precision, seed) in enumerate(cells):
        run = SyntheticRun(
            "ray",
            algo,
            "digits",
            precision,
            seed,
            trials=4,
            epochs=4,
            arithmetic="emulated" if precision == "amp" else "native",
        )
        write_synthetic_run(folder / f"{number:03d}", run)
    return folder


@pytest.fixture(scope="module")
def report(runs, tmp_path_factory):
    return write_report([runs], tmp_path_factory.mktemp("report") / "out")


def tables(report):
    folder = report.page.parent / "tables"
    return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}


def test_no_ratio_is_made_of_their_times(runs):
    collection = collect([runs])
    assert search_speed_ups(collection) == []
    assert training_speed_ups(collection) == {}
    of_times = judge_directions(collection)[:3]
    assert {direction.verdict for direction in of_times} == {"no case"}


def test_no_table_has_a_time_of_theirs(report):
    time_columns = re.compile("runtime|speed_up|ledger|train|validate|idle|utilisation|_s$")
    for name, table in tables(report).items():
        if "precision" in table and name not in {"groups", "differences", "warnings"}:
            own = table[table["precision"].astype(str).str.contains("amp")]
            columns = [c for c in table.columns if time_columns.search(c) and "paper" not in c]
            assert own[columns].isna().all(axis=None), name
    table1 = tables(report)["table1"]
    assert table1["runtime_fp32"].notna().all() and table1["runtime_amp"].isna().all()
    assert table1["speed_up_amp"].isna().all()


def test_their_results_count(report):
    table1 = tables(report)["table1"]
    assert table1["test_amp"].notna().all()
    pairs = tables(report)["pairs"]
    assert pairs["spearman"].notna().all() and pairs["speed_up_median"].isna().all()


def test_the_page_says_emulated_and_why(report):
    page = report.page.read_text()
    assert ">emulated<" in page
    assert "Computed in float32 and rounded." in page
    assert "Nothing speaks against comparing these runs" not in page


def test_a_comparison_flags_it_and_divides_no_times(runs, capsys):
    from rich.console import Console

    print_comparison(runs / "000", runs / "002", Console(width=200))
    told = capsys.readouterr().out
    line = next(line for line in told.splitlines() if "runtime" in line)
    assert "emulated" in line
    assert "times are not" in told


def test_runs_of_a_release_that_did_not_tell_are_native(write_runs):
    import json

    folder = write_runs(backend="ray", algo="rand", workload="digits", precision="amp", seed=0)
    file = folder / "000" / "summary.json"
    summary = json.loads(file.read_text())
    del summary["arithmetic"]
    file.write_text(json.dumps(summary))
    assert not collect([folder]).table["emulated"].any()
