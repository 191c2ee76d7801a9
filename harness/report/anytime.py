"""Anytime performance: the incumbent against wall-clock and against epochs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from harness.figures.bands import BandLine, BandPanel, draw_bands
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, Section
from harness.report.incumbents import Axis, Incumbents
from harness.report.wording import data_source, file_stem

AXES: dict[Axis, str] = {
    "end_s": "seconds since the search began",
    "count": "epochs trained, by all workers together",
}
"""What a curve runs along, and its words."""

BAND = "Lines: means over seeds of the best validation value so far; bands: ± one deviation"
"""What lines and bands are."""


def anytime_section(collection: Collection, incumbents: Incumbents) -> Section:
    """Return the anytime curves: one figure a workload and backend, and one across backends."""
    figures = []
    for (_problem, _metric), own in collection.table.groupby(["problem", "metric"], sort=False):
        for _backend, of_backend in own.groupby("backend", sort=False):
            figures.append(_of_backend(collection, incumbents, of_backend))
        figures += _across_backends(collection, incumbents, own)
    return Section(
        name="anytime",
        title="Anytime performance",
        text=(
            "The incumbent is the best validation value so far of trials that did not fail. A "
            "curve begins where all seeds have one. A run that has ended keeps its last one until "
            "the longest run of its group ends. Emulated runs are drawn over epochs alone.",
        ),
        figures=figures,
    )


def _of_backend(collection: Collection, incumbents: Incumbents, own: pd.DataFrame) -> ReportFigure:
    first = own.iloc[0]
    # Of all runs, so that an algorithm looks alike in every figure.
    searches = list(dict.fromkeys(collection.table["search"].map(_without_backend)))
    timed = own[~own["emulated"]]
    drawn: dict[Axis, pd.DataFrame] = {"end_s": timed, "count": own}
    panels = [
        BandPanel(
            f"{first['problem']}, {first['backend']}" if axis == "end_s" else "",
            words,
            f"validation {first['metric']}",
            list(_lines(incumbents, drawn[axis], axis, searches, list(own["precision"].unique()))),
        )
        for axis, words in AXES.items()
        if not drawn[axis].empty
    ]
    return ReportFigure(
        name=file_stem("anytime", first["problem"], first["backend"]),
        caption=f"Incumbents on {first['problem']} with {first['backend']}. {BAND}. Colours and "
        f"markers: algorithms; dashes: precisions. {data_source(collection.of(own))}",
        drawing=draw_bands(panels),
    )


def _lines(
    incumbents: Incumbents,
    own: pd.DataFrame,
    axis: Axis,
    searches: Sequence[str],
    precisions: Sequence[str],
) -> Iterator[BandLine]:
    for (search, precision), runs in own.groupby(["search", "precision"], sort=False):
        curve = incumbents.mean_curve(runs["run"], axis)
        yield BandLine(
            label=f"{_without_backend(str(search))} {precision}",
            x=curve.x,
            mean=curve.mean,
            deviation=curve.deviation,
            colour=searches.index(_without_backend(str(search))),
            dash=precisions.index(precision),
        )


def _without_backend(search: str) -> str:
    return search.partition(" ")[2]


def _across_backends(
    collection: Collection, incumbents: Incumbents, own: pd.DataFrame
) -> Iterator[ReportFigure]:
    """Yield a figure of the algorithms that several backends ran, in the baseline's precision."""
    full = own[own["precision"] == collection.baseline]
    backends = list(full["backend"].unique())
    panels, rows = [], []
    for algo, of_algo in full.groupby("algo", sort=False):
        if of_algo["backend"].nunique() < 2:
            continue
        rows.append(of_algo)
        lines = []
        for (backend, variant), runs in of_algo.groupby(["backend", "variant"], sort=False):
            curve = incumbents.mean_curve(runs["run"], "end_s")
            variants = list(of_algo["variant"].unique())
            lines.append(
                BandLine(
                    label=f"{backend} {variant}".strip(),
                    x=curve.x,
                    mean=curve.mean,
                    deviation=curve.deviation,
                    colour=backends.index(backend),
                    dash=variants.index(variant),
                )
            )
        metric = of_algo["metric"].iloc[0]
        panels.append(BandPanel(str(algo), AXES["end_s"], f"validation {metric}", lines))
    if panels:
        problem = full["problem"].iloc[0]
        yield ReportFigure(
            name=file_stem("backends", problem),
            caption=f"Backends compared on {problem}, in {collection.baseline.upper()}. {BAND}. "
            + data_source(collection.of(pd.concat(rows))),
            drawing=draw_bands(panels),
        )
