import pandas as pd
import pytest

from harness.load import load_run, load_runs
from harness.report import configurations
from harness.report.collection import collect
from harness.report.configurations import configurations_section
from harness.report.contents import ReportTable, Section
from harness.report.page import LARGEST_DOWNLOAD, PageSection, PageTable, render_page


def tables_over(runs):
    return {table.name: table for table in configurations_section(collect([runs])).tables}


@pytest.mark.parametrize("mode", ["max", "min"])
def test_the_best_configuration_of_a_search_is_that_of_its_best_run(write_runs, mode):
    runs = write_runs(algo=["rand", "asha"], seed=[0, 1, 2], trials=4, epochs=4, mode=mode)
    data = tables_over(runs)["best-configurations"].data
    assert list(data["search"]) == ["ray rand", "ray asha"] and list(data["n"]) == [3, 3]
    for row in data.to_dict(orient="records"):
        own = collect([runs]).table.query("search == @row['search']")
        assert row["best_value"] == getattr(own["best_value"], mode)()
        trial = load_run(runs / row["run"]).trials.set_index("trial_id").loc[row["trial_id"]]
        assert trial["best_value"] == row["best_value"]
        assert trial["config.lr"] == row["config.lr"]
        assert row["test_value"] == pytest.approx(row["best_value"] + (0.01, -0.01)[mode == "max"])


def test_every_trial_is_in_the_table_with_its_hyperparameters_the_best_first(write_runs):
    runs = write_runs(algo=["asha", "pbt"], trials=5, epochs=5)
    table = tables_over(runs)["trials"]
    expected = load_runs(runs).trials
    assert len(table.data) == len(table.shown) == len(expected) > 10
    assert set(table.data["config.lr"]) == set(expected["config.lr"])
    for _search, own in table.data.groupby("search"):
        assert own["best_value"].dropna().is_monotonic_decreasing
    assert {"lr", "weight_decay", "validation", "trial"} <= set(table.shown.columns)
    assert table.long


def test_the_page_shows_the_best_of_each_search_where_trials_are_many(write_runs, monkeypatch):
    monkeypatch.setattr(configurations, "_MOST_ROWS", 6)
    table = tables_over(write_runs(algo=["rand", "asha"], trials=8, epochs=3))["trials"]
    assert len(table.data) == 16
    assert list(table.shown["search"].value_counts()) == [3, 3]
    assert "best 6" in table.caption


def test_a_hyperparameter_named_like_a_column_keeps_its_prefix():
    data = pd.DataFrame(
        {"problem": ["x"], "seed": [1], "config.seed": [2], "config.lr": [True], "config.no": None}
    )
    shown = configurations._in_words(data)
    assert shown.iloc[0].to_dict() == {
        "workload": "x",
        "seed": "1",
        "config.seed": "2",
        "lr": "True",
    }


def test_a_table_too_long_for_the_page_is_named_there(write_runs):
    collection = collect([write_runs(trials=2, epochs=2)])
    frame = pd.DataFrame({"a": ["1"]})
    table = ReportTable("long-one", "", frame, frame)

    def page(text):
        section = PageSection(Section("x", "X", ()), [PageTable(table, text, "")], [])
        return render_page(collection, (), (), [section])

    assert 'download="long-one.csv"' in page("a\n1\n")
    beside = page("1" * (LARGEST_DOWNLOAD + 1))
    assert 'download="long-one.csv"' not in beside and "tables/long-one.csv" in beside
