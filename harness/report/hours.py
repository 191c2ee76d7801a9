"""Processor- and GPU-hours of each search, by what they went into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from harness.records.costs import HOURS, HOURS_KINDS
from harness.report.collection import Collection
from harness.report.contents import ReportTable
from harness.report.wording import NOTHING, mean_text, spread


def hours_tables(collection: Collection) -> Iterator[ReportTable]:
    """Yield a table of the processor-hours by kind, and one of the GPU-hours, where known."""
    for name, key in HOURS.items():
        table = _table(collection, name, key)
        if table is not None:
            yield table


def _table(collection: Collection, name: str, key: str) -> ReportTable | None:
    rows, texts = [], []
    for (problem, search, precision), own in collection.timed.groupby(
        ["problem", "search", "precision"], sort=False
    ):
        summaries = [run.summary for run in collection.of(own)]
        booked = [s[f"{key}_by_kind"] for s in summaries if s.get(f"{key}_by_kind")]
        if not booked:
            continue
        row: dict[str, Any] = {"workload": problem, "search": search, "precision": precision}
        text = {name: str(value) for name, value in row.items()} | {"n": str(len(booked))}
        row["n"] = len(booked)
        columns = [*HOURS_KINDS, "sum"]
        for kind in columns:
            hours = [sum(h.values()) if kind == "sum" else h.get(kind, 0.0) for h in booked]
            mean, deviation = spread(hours)
            row |= {kind: mean, f"{kind}_deviation": deviation}
            text[kind] = mean_text(mean, deviation)
        rows.append(row)
        texts.append(text)
    if not rows:
        return None
    data, shown = pd.DataFrame(rows), pd.DataFrame(texts)
    for kind in HOURS_KINDS:
        if (data[kind] == 0).all():
            shown[kind] = NOTHING
    return ReportTable(
        name=key.replace("_", "-"),
        caption=f"{name[0].upper()}{name[1:]} held from launch to result by what they went into, "
        "mean ± deviation over n runs: launch is the time of all processes before t = 0, master "
        "that of processes which only manage.",
        data=data,
        shown=shown,
        long=True,
    )
