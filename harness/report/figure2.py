"""Figure 2: population-based training by checkpoint interval and precision."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.figures.bands import BandLine, BandPanel, draw_bands
from harness.report.anytime import AXES, BAND
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.incumbents import Incumbents
from harness.report.wording import data_source, file_stem, mean_text, spread, time_text

_POPULATION_BASED = ("pbt", "pb2")
_COLUMNS = {
    "runtime / s": "runtime_s",
    "saving / s": "ledger_checkpoint_save",
    "loading / s": "ledger_checkpoint_load",
    "best validation": "best_value",
    "test": "test_value",
}
_RESULTS = ("best_value", "test_value")


def figure2_section(collection: Collection, incumbents: Incumbents) -> Section:
    """Return the anytime curves of PBT, by checkpoint interval and precision."""
    table = collection.table
    runs = table[table["algo"].isin(_POPULATION_BASED)]
    return Section(
        name="figure2",
        title="Figure 2: population-based training by checkpoint interval",
        text=(
            "PBT perturbs its members at every checkpoint. A checkpoint takes as long in reduced "
            "precision as in full, so frequent ones eat the gain. The table says how many "
            "worker-seconds went into them.",
        ),
        figures=list(_figures(collection, incumbents, runs[~runs["emulated"]])),
        tables=[] if runs.empty else [_table(runs)],
        missing=_missing(runs),
    )


def _missing(runs: pd.DataFrame) -> str:
    if runs.empty:
        return "There is no run of population-based training."
    if runs.groupby(["problem", "backend"])["checkpoint_interval"].nunique().max() < 2:
        return "All runs of population-based training have one checkpoint interval."
    return ""


def _figures(
    collection: Collection, incumbents: Incumbents, runs: pd.DataFrame
) -> Iterator[ReportFigure]:
    for (problem, metric, backend), own in runs.groupby(
        ["problem", "metric", "backend"], sort=False
    ):
        intervals = sorted(own["checkpoint_interval"].unique())
        precisions = list(own["precision"].unique())
        lines = []
        for (search, _interval, precision), repeated in own.groupby(
            ["search", "checkpoint_interval", "precision"], sort=False
        ):
            curve = incumbents.mean_curve(repeated["run"], "end_s")
            interval = int(repeated["checkpoint_interval"].iloc[0])
            lines.append(
                BandLine(
                    label=f"{_name(str(search), interval)} {precision}",
                    x=curve.x,
                    mean=curve.mean,
                    deviation=curve.deviation,
                    colour=intervals.index(interval),
                    dash=precisions.index(precision),
                )
            )
        panel = BandPanel(f"{problem}, {backend}", AXES["end_s"], f"validation {metric}", lines)
        yield ReportFigure(
            name=file_stem("figure2", problem, backend),
            caption=f"Population-based training on {problem} with {backend}, by checkpoint "
            f"interval in epochs (colours, markers) and precision (dashes). {BAND}. "
            + data_source(collection.of(own)),
            drawing=draw_bands([panel]),
        )


def _name(search: str, interval: int) -> str:
    algorithm, _dot, variant = search.partition(" ")[2].partition(" · ")
    own = f"{algorithm} interval {interval}"
    return own if variant in {"", f"checkpoint interval {interval}"} else f"{own}, {variant}"


def _table(runs: pd.DataFrame) -> ReportTable:
    rows, texts = [], []
    for (problem, search, precision), own in runs.groupby(
        ["problem", "search", "precision"], sort=False
    ):
        names = {"workload": problem, "search": search, "precision": precision}
        names["interval"] = str(own["checkpoint_interval"].iloc[0])
        row, text = dict(names, n=len(own)), dict(names, n=str(len(own)))
        for heading, column in _COLUMNS.items():
            mean, deviation = spread(own[column].to_numpy())
            row |= {column: mean, f"{column}_deviation": deviation}
            text[heading] = mean_text(mean, deviation)
            if column not in _RESULTS:
                text[heading] = time_text(own, mean_text(mean, deviation))
        rows.append(row)
        texts.append(text)
    return ReportTable(
        name="figure2",
        caption="Population-based training: runtime, worker-seconds spent on checkpoints, and "
        "results, mean ± deviation over n seeds.",
        data=pd.DataFrame(rows),
        shown=pd.DataFrame(texts),
    )
