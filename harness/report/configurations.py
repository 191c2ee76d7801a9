"""The best configuration of every search, and every trial with its hyperparameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from harness.load.config_columns import with_config_columns
from harness.load.tables import read_table
from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.wording import NOTHING, counted, number_text

_MOST_ROWS = 200
_DIGITS = 4
_PREFIX = "config."
_OF_TRIALS = (
    "trial_id",
    "parent_trial_id",
    "status",
    "reason",
    "epochs",
    "best_value",
    "last_value",
    "config",
)
_WORDS = {
    "label": "run",
    "problem": "workload",
    "trial_id": "trial",
    "best_value": "validation",
    "test_value": "test",
}


def configurations_section(collection: Collection) -> Section:
    """Return the best configuration of each search, and the trials of all runs."""
    return Section(
        name="configurations",
        title="Best configurations and trials",
        text=(
            "The best configuration of a search is that of the trial with the best validation "
            "value among the runs of its group, and the test metric is that of the trial's best "
            "state. The best of several seeds is better than what one search finds.",
        ),
        tables=[_best_table(collection), _trials_table(collection)],
    )


def _best_table(collection: Collection) -> ReportTable:
    rows = []
    for _group, own in collection.table.groupby("group"):
        values = own["best_value"]
        best = own.loc[values.idxmax() if own["mode"].iloc[0] == "max" else values.idxmin()]
        summary = collection.runs[int(best["run"])].summary
        rows.append(
            {
                "workload": best["problem"],
                "search": best["search"],
                "precision": best["precision"],
                "n": len(own),
                "metric": best["metric"],
                "best_value": best["best_value"],
                "test_value": best["test_value"],
                "seed": best["seed"],
                "label": best["label"],
                "trial_id": summary["best_trial_id"],
                "config": json.dumps(summary["best_config"]),
            }
        )
    data = with_config_columns(pd.DataFrame(rows))
    return ReportTable(
        name="best-configurations",
        caption="The best configuration of each search, of n runs: its validation and its test "
        "metric, the run and the trial it is of, its hyperparameters.",
        data=data.rename(columns={"label": "run"}),
        shown=_in_words(data.drop(columns=["config"])),
    )


def _trials_table(collection: Collection) -> ReportTable:
    data = _all_trials(collection)
    ranked = data.assign(
        rank=data["best_value"]
        .where(data["mode"] == "max", -data["best_value"])
        .groupby(data["group"])
        .rank(method="first", ascending=False, na_option="bottom")
    ).sort_values(["group", "rank"], kind="stable")
    data = ranked.drop(columns=["group", "mode", "rank"])
    # As many of each search as there is room for, the best of each first.
    shown = data[ranked["rank"].rank(method="first") <= _MOST_ROWS]
    left = len(data) - len(shown)
    return ReportTable(
        name="trials",
        caption=f"{counted(len(data), 'trial', 'trials')} with their hyperparameters, the best of "
        "each search first."
        + (f" The page shows the best {len(shown)}; the CSV has all." if left else ""),
        data=data.rename(columns={"label": "run"}),
        shown=_in_words(shown.drop(columns=["config", "parent_trial_id"])),
        long=True,
    )


def _all_trials(collection: Collection) -> pd.DataFrame:
    """Return one row a trial, failed ones too, with its run's fields before its own."""
    fields = collection.table[["run", "label", "problem", "search", "precision", "seed"]].assign(
        group=collection.table["group"], mode=collection.table["mode"]
    )
    labels = [str(index) for index in range(len(collection.runs))]
    trials = read_table(collection.runs, labels, "trials", _OF_TRIALS)
    trials = trials.assign(run=trials["run"].cat.codes.astype("int64"))
    # The order of the columns in the files is not that of a reader's interest.
    joined = fields.merge(trials[["run", *_OF_TRIALS]], on="run")
    return with_config_columns(joined.drop(columns=["run"]).rename(columns={"problem": "workload"}))


def _in_words(data: pd.DataFrame) -> pd.DataFrame:
    """Return the texts of a table; a hyperparameter that no row has does not show."""
    shown = data.dropna(axis="columns", how="all").astype(object).map(_text)
    names = [str(name) for name in shown]
    named = {name: _WORDS.get(name, name) for name in names if not name.startswith(_PREFIX)}
    for name in names[len(named) :]:
        own = name.removeprefix(_PREFIX)
        named[name] = name if own in named.values() else own
    return shown.rename(columns=named)


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value)
    if value is None or pd.isna(value):
        return NOTHING
    return number_text(value, _DIGITS) if isinstance(value, float) else str(value)
