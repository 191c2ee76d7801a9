"""Single runs: what every worker did when, and who took over whose state."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from harness.figures.lineage import LineageTrial, draw_lineage
from harness.figures.run_picture import run_figure
from harness.load.recorded_run import RecordedRun, UnusableRun
from harness.load.run_records import load_run_records
from harness.records.directory import RunDirectory
from harness.records.fold import RunTables
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, Section
from harness.report.wording import counted, data_source, file_stem

_MOST_SCHEDULES = 3
_RATE = ("lr", "learning_rate", "rate")


def run_pictures_section(collection: Collection, most: int) -> Section:
    """Return the pictures of at most `most` runs, each of another kind as far as they reach."""
    chosen = _choose(collection.timed, most)
    figures: list[ReportFigure] = []
    undrawn: list[str] = []
    for run, (_place, row) in zip(collection.of(chosen), chosen.iterrows(), strict=True):
        try:
            figures += _figures(run, row)
        except UnusableRun as error:
            # The rows of spans are read here alone: the run's numbers rest on other files.
            undrawn.append(f"'{error.path}' is not drawn: {error.reason}.")
    left = len(collection.runs) - len(chosen)
    if left:
        undrawn.append(
            f"{counted(left, 'run is', 'runs are')} not drawn; `--run-pictures N` draws more."
        )
    return Section(
        name="runs",
        title="Single runs",
        text=(
            "Above: the validation values of every trial and the incumbent. Below: what every "
            "worker did when. Lineages show which member went on from whose state, and the "
            "schedules that mutations made. Emulated runs are left out, for these are figures of "
            "time; `harness show DIR --picture FILE` draws one.",
        ),
        figures=figures,
        missing=" ".join(undrawn),
    )


def _choose(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Take one run of each algorithm, then one of each group, then the other seeds."""
    order = table.assign(
        again=table.groupby("group").cumcount(),
        like=table.groupby("algo").cumcount(),
    )
    return order.sort_values(["again", "like"], kind="stable").head(most).sort_index()


def _figures(run: RecordedRun, row: pd.Series[Any]) -> Iterator[ReportFigure]:
    summary, tables = load_run_records(RunDirectory(run.path))
    what = f"{row['problem']}, {row['search']}, {row['precision']}, seed {row['seed']}"
    yield ReportFigure(
        name=file_stem("run", row["label"]),
        caption=f"{row['label']}: {what}. {data_source([run])}",
        drawing=run_figure(summary, tables),
    )
    trials = lineage_trials(run, tables)
    if trials:
        yield ReportFigure(
            name=file_stem("lineage", row["label"]),
            caption=f"{row['label']}: lineage of the population, and the schedules of its "
            f"hyperparameters. {what}. {data_source([run])}",
            drawing=draw_lineage(trials, mutated(trials)),
        )


def lineage_trials(run: RecordedRun, tables: RunTables) -> list[LineageTrial]:
    """Return the trials of a population that trained, none where there is no population."""
    members = tables.trials[tables.trials["member"].notna() & (tables.trials["epochs"] > 0)]
    by_name = {str(row["trial_id"]): row for _i, row in members.iterrows()}
    ancestry = _ancestry(run, by_name, tables.epochs)
    trials = []
    for name, row in by_name.items():
        parent = by_name.get(str(row["parent_trial_id"]))
        first = 0 if pd.isna(row["parent_epoch"]) else int(row["parent_epoch"])
        epochs = np.arange(first + 1, first + int(row["epochs"]) + 1)
        trials.append(
            LineageTrial(
                member=int(row["member"]),
                parent_member=None if parent is None else int(parent["member"]),
                parent_epoch=None if parent is None else first,
                epochs=epochs,
                hyperparameters={
                    key: np.full(len(epochs), value)
                    for key, value in _numeric(str(row["config"])).items()
                },
                winning_epochs=ancestry.get(name),
            )
        )
    return trials


def _ancestry(run: RecordedRun, trials: Mapping[str, Any], epochs: pd.DataFrame) -> dict[str, int]:
    """Return the best trial and its ancestors, each with its last epoch that counts."""
    name = str(run.summary["best_trial_id"])
    own = epochs[epochs["trial_id"] == name].dropna(subset=["value"])
    if name not in trials or own.empty:
        return {}
    values = own["value"].astype("float64")
    best = values.idxmax() if run.summary["mode"] == "max" else values.idxmin()
    until: Any = own.loc[best, "epoch"]
    found: dict[str, int] = {}
    while name in trials and name not in found and not pd.isna(until):
        found[name] = int(until)
        name, until = str(trials[name]["parent_trial_id"]), trials[name]["parent_epoch"]
    return found


def _numeric(config: str) -> dict[str, float]:
    return {
        key: float(value)
        for key, value in json.loads(config).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def mutated(trials: list[LineageTrial]) -> list[str]:
    """Return the hyperparameters that a population explores, learning rates first.

    Those which change from a parent to a child; at most three.
    """
    ended = {(trial.member, int(epoch)): trial for trial in trials for epoch in trial.epochs}
    names = set(trials[0].hyperparameters)
    for trial in trials:
        names &= set(trial.hyperparameters)
    changed = set()
    for trial in trials:
        if trial.parent_member is None or trial.parent_epoch is None:
            continue
        parent = ended.get((trial.parent_member, trial.parent_epoch))
        if parent is not None:
            changed |= {
                name
                for name in names
                if not math.isclose(trial.hyperparameters[name][0], parent.hyperparameters[name][0])
            }
    return sorted(changed, key=lambda name: (name not in _RATE, name))[:_MOST_SCHEDULES]
