"""What it costs to reach a target, with the searches that never did."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from harness.figures.step_curves import StepLine, StepPanel, draw_steps
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.incumbents import Axis, Incumbents
from harness.report.quality import problems_of
from harness.report.wording import NOTHING, data_source, file_stem, number_text
from harness.statistics.time_to_target import Reached, reached_by

_REFERENCE = "rand"
_COSTS: dict[str, Axis] = {"epochs": "count", "worker-seconds": "end_s"}


def targets_section(collection: Collection, incumbents: Incumbents) -> Section:
    """Return what searches cost until they reached what half of the random searches reach."""
    found = list(_reached(collection, incumbents))
    figures: list[ReportFigure] = []
    for problem in dict.fromkeys(row["workload"] for row, _curve, _runs in found):
        own = [part for part in found if part[0]["workload"] == problem]
        figures += _figure(collection, str(problem), own)
    return Section(
        name="targets",
        title="Cost to a target",
        text=(
            "The target is the best validation value that half of the random searches of a "
            "workload in the baseline reach in all; without any, half of all its searches. A "
            "search that ends without reaching it is censored: it would have cost more. Shares "
            "and medians are Kaplan–Meier estimates; a median that no search reaches is none. "
            "Worker-seconds are those of the workers from t = 0 on.",
        ),
        tables=[_table([row for row, _curve, _runs in found])] if found else [],
        figures=figures,
        missing="" if found else "No search has a validation value.",
    )


_Found = tuple[dict[str, Any], dict[str, Reached], pd.DataFrame]


def _reached(collection: Collection, incumbents: Incumbents) -> Iterator[_Found]:
    table = collection.table
    for problem, metric, mode in problems_of(collection):
        own = table[(table["problem"] == problem) & (table["metric"] == metric)]
        target = target_of(own, mode, collection.baseline)
        for (search, precision), runs in own.groupby(["search", "precision"], sort=False):
            curves = {
                name: reached
                for name, axis in _COSTS.items()
                if (reached := _curve(incumbents, runs, target, mode, axis)) is not None
            }
            first = next(iter(curves.values()))
            row = {
                "workload": problem,
                "search": search,
                "precision": precision,
                "target": target,
                "n": first.searches,
                "reached": first.reached,
                **{f"median {name}": curve.median for name, curve in curves.items()},
            }
            yield row, curves, runs


def target_of(own: pd.DataFrame, mode: str, baseline: str) -> float:
    """Return the best validation value that half of some searches reach.

    Parameters
    ----------
    own
        The rows of one problem.
    mode
        ``"min"`` or ``"max"``.
    baseline
        The precision of the random searches that set it.
    """
    chosen = own[(own["algo"] == _REFERENCE) & (own["precision"] == baseline)]
    values = (own if chosen.empty else chosen)["best_value"].to_list()
    # Not the mean of two values, which neither may have reached.
    return float(sorted(values, reverse=mode == "max")[len(values) // 2])


def _curve(
    incumbents: Incumbents, runs: pd.DataFrame, target: float, mode: str, axis: Axis
) -> Reached | None:
    if axis == "end_s" and runs["emulated"].any():
        return None
    costs, censored = [], []
    for row in runs.to_dict("records"):
        cost, without = incumbents.cost_of(int(row["run"]), target, mode, axis)
        costs.append(cost * (row["workers"] if axis == "end_s" else 1))
        censored.append(without)
    return reached_by(np.array(costs), np.array(censored))


def _table(rows: list[dict[str, Any]]) -> ReportTable:
    data = pd.DataFrame(rows)
    medians = [str(name) for name in data if str(name).startswith("median")]
    shown = data.astype(object).map(lambda v: number_text(v) if isinstance(v, float) else str(v))
    shown["reached"] = data["reached"].astype(str) + " of " + data["n"].astype(str)
    for name in medians:
        shown[name] = [
            "not reached" if value == math.inf else text
            for value, text in zip(data[name], shown[name], strict=True)
        ]
    return ReportTable(
        name="targets",
        caption="What searches cost until half of them had reached the target.",
        data=data,
        shown=shown.drop(columns=["n"]).replace("nan", NOTHING),
    )


def _figure(collection: Collection, problem: str, own: list[_Found]) -> Iterator[ReportFigure]:
    panels = []
    for name in _COSTS:
        lines = [
            StepLine(f"{row['search']} {row['precision']}", curve.costs, curve.shares)
            for row, curves, _runs in own
            if (curve := curves.get(name)) is not None and curve.reached
        ]
        if lines:
            panels.append(StepPanel(f"{name} until the target is reached", lines))
    if panels:
        yield ReportFigure(
            name=file_stem("targets", problem),
            caption=f"The share of searches on {problem} that have reached the target "
            f"{number_text(float(own[0][0]['target']))}, by what they cost until then. "
            + data_source(collection.of(pd.concat([runs for _row, _curves, runs in own]))),
            drawing=draw_steps(panels, "share of searches"),
        )
