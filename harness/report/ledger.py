"""Where the worker-seconds of every run went."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.figures.ledger_bars import draw_ledgers
from harness.records.slot_ledger import KINDS
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.hours import hours_tables
from harness.report.wording import EMULATED, data_source, file_stem, mean_text, spread, time_text

_MOST_BARS = 40
_COSTS = {
    "launch to result / s": "launch_s",
    "processor-hours": "processor_hours",
    "GPU-hours": "gpu_hours",
}
_BOOKED = [f"ledger_{kind}" for kind in KINDS]


def ledger_section(collection: Collection) -> Section:
    """Return the ledgers: bars a run, or a group where runs are many, and both as tables."""
    return Section(
        name="ledger",
        title="The ledger: where every worker-second went",
        text=(
            "Every second of every worker is booked as one kind; the kinds sum to workers × "
            "runtime. Processor- and GPU-hours are those of all processes, a master of the engine "
            "included, from launch to result; records of earlier releases do not have them. "
            "Utilisation is train + validate ÷ all kinds but startup. "
            "Emulated runs are left out: their seconds are not those of the precision.",
        ),
        figures=list(_figures(collection)),
        tables=[
            _groups_table(collection.table),
            *hours_tables(collection),
            _runs_table(collection.table),
        ],
    )


def _figures(collection: Collection) -> Iterator[ReportFigure]:
    for problem, own in collection.timed.groupby("problem", sort=False):
        names = own["search"] + " " + own["precision"]
        if len(own) <= _MOST_BARS:
            bars = own.set_index(names + " seed " + own["seed"].astype(str))
            each = "one bar a run"
        else:
            bars = own.groupby(names, sort=False)[[*_BOOKED, "utilisation"]].mean()
            each = "one bar a group, the mean over its seeds"
        booked = bars[_BOOKED].rename(columns=lambda name: name.removeprefix("ledger_"))
        yield ReportFigure(
            name=file_stem("ledger", problem),
            caption=f"Worker-seconds by kind on {problem}, {each}: lengths (left) and shares "
            f"(right), with the utilisation. {data_source(collection.of(own))}",
            drawing=draw_ledgers(booked, bars["utilisation"]),
        )


def _groups_table(table: pd.DataFrame) -> ReportTable:
    rows, texts = [], []
    for (problem, search, precision), own in table.groupby(
        ["problem", "search", "precision"], sort=False
    ):
        names = {"workload": problem, "search": search, "precision": precision}
        row, text = dict(names, n=len(own)), dict(names, n=str(len(own)))
        for kind in KINDS:
            mean, deviation = spread(own[f"ledger_{kind}"].to_numpy())
            row |= {kind: mean, f"{kind}_deviation": deviation}
            text[kind] = time_text(own, mean_text(mean, deviation))
        mean, deviation = spread(own["utilisation"].to_numpy())
        row |= {"utilisation": mean, "utilisation_deviation": deviation}
        text["utilisation / %"] = time_text(own, mean_text(100 * mean, 100 * deviation))
        for heading, column in _COSTS.items():
            mean, deviation = spread(own[column].to_numpy())
            row |= {column: mean, f"{column}_deviation": deviation}
            text[heading] = time_text(own, mean_text(mean, deviation))
        rows.append(row)
        texts.append(text)
    return ReportTable(
        name="ledger",
        caption="Worker-seconds by kind, utilisation, and what was held from launch to result, "
        "mean ± deviation over n seeds.",
        data=pd.DataFrame(rows),
        shown=pd.DataFrame(texts),
        long=True,
    )


def _runs_table(table: pd.DataFrame) -> ReportTable:
    chosen = ["label", "problem", "search", "precision", "seed", "runtime_s", *_BOOKED]
    data = table[[*chosen, "utilisation"]].rename(columns=lambda name: name.removeprefix("ledger_"))
    shown = data.astype(object).map(lambda v: f"{v:.3g}" if isinstance(v, float) else str(v))
    shown = shown.mask(data.isna(), EMULATED)
    return ReportTable(
        name="ledger-runs",
        caption="Runtime, worker-seconds by kind and utilisation of every run.",
        data=data,
        shown=shown,
        long=True,
    )
