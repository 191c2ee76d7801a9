"""Draws one run: its learning curves, and what every worker did when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from harness.errors import RequestError
from harness.figures.style import (
    INCUMBENT_COLOUR,
    KIND_STYLES,
    TRIAL_COLOURS,
    TRIAL_STYLES,
    new_figure,
)
from harness.load.run_records import load_run_records
from harness.records.directory import open_run_directory
from harness.records.fold import RunTables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline


def draw_run(run_directory: Path, picture: Path) -> None:
    """Draw a run into a file whose ending names the format.

    Raises
    ------
    RequestError
        If there is no run, or the file cannot be written.
    """
    figure = run_figure(*load_run_records(open_run_directory(run_directory)))
    try:
        figure.savefig(picture)
    except (OSError, ValueError) as error:
        raise RequestError(f"The picture '{picture}' cannot be written: {error}.") from None


def run_figure(summary: dict[str, Any], tables: RunTables) -> Figure:
    """Return the picture of a run.

    Parameters
    ----------
    summary
        The run's summary.
    tables
        Its records.
    """
    workers = int(summary["workers"])
    figure = new_figure(9.0, 4.2 + 0.35 * workers)
    grid = figure.add_gridspec(2, 1, height_ratios=[3.4, 0.5 + 0.35 * workers])
    curves = figure.add_subplot(grid[0])
    timeline = figure.add_subplot(grid[1], sharex=curves)
    figure.suptitle(
        f"{plugin_label(summary['backend'])} {summary['algo']} · "
        f"{plugin_label(summary['workload'])} · {_precision(summary)} · "
        f"seed {summary['seed']} · {summary['hardware']['cpu']}, "
        f"{summary['hardware']['cores']} cores",
        fontsize=10,
    )
    draw_curves(curves, tables, summary)
    draw_timeline(timeline, tables.spans, workers)
    timeline.set_xlabel("seconds since the search began")
    figure.legend(
        *timeline.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(KIND_STYLES),
        fontsize=7,
    )
    return figure


def plugin_label(name: str) -> str:
    """Return a plugin's name, or its class where it is given by its import path."""
    return name.rpartition(":")[2]


def draw_curves(axes: Axes, tables: RunTables, summary: dict[str, Any]) -> None:
    """Draw every trial's validation values, exploits as dotted lines, and the incumbent.

    Parameters
    ----------
    axes
        Where to draw.
    tables
        The run's records.
    summary
        The run's summary.
    """
    from matplotlib.collections import LineCollection

    epochs = tables.epochs
    by_trial = dict(iter(epochs.groupby("trial_id", observed=True)))
    exploits, colours = [], []
    for index, trial in enumerate(tables.trials.sort_values("start_s").to_dict(orient="records")):
        own = by_trial.get(trial["trial_id"])
        if own is None:
            continue
        key = trial["number"] if pd.isna(trial["member"]) else trial["member"]
        turn, place = divmod(int(key if key is not None else index), len(TRIAL_COLOURS))
        colour = TRIAL_COLOURS[place]
        axes.plot(
            own["end_s"],
            own["value"],
            marker="o",
            linestyle=TRIAL_STYLES[turn % len(TRIAL_STYLES)],
            color=colour,
            markersize=2.5,
            linewidth=0.9,
        )
        parent = _point(by_trial.get(trial["parent_trial_id"]), trial["parent_epoch"])
        if parent is not None:
            exploits.append([parent, (own["end_s"].iloc[0], own["value"].iloc[0])])
            colours.append(colour)
    axes.add_collection(LineCollection(exploits, colors=colours, linestyles=":", alpha=0.8))
    _draw_incumbent(axes, epochs, summary)
    if exploits:
        axes.plot([], [], ":", color="#555555", label="from the donor's state")
    axes.legend(loc="lower right" if summary["mode"] == "max" else "upper right", fontsize=8)
    axes.set_ylabel(f"validation {summary['metric']}")
    axes.grid(alpha=0.3)


def _point(epochs: pd.DataFrame | None, epoch: Any) -> tuple[float, float] | None:
    """Return when a trial ended an epoch, and with which value."""
    if epochs is None or pd.isna(epoch):
        return None
    found = epochs[epochs["epoch"] == epoch]
    if found.empty:
        return None
    return float(found["end_s"].iloc[0]), float(found["value"].iloc[0])


def _draw_incumbent(axes: Axes, epochs: pd.DataFrame, summary: dict[str, Any]) -> None:
    ordered = epochs.sort_values("end_s")
    best = ordered["value"].cummax() if summary["mode"] == "max" else ordered["value"].cummin()
    axes.step(
        ordered["end_s"],
        best,
        where="post",
        color=INCUMBENT_COLOUR,
        linewidth=1.8,
        label="incumbent",
    )


def draw_timeline(axes: Axes, spans: pd.DataFrame, workers: int) -> None:
    """Draw what every worker did when, one row a worker.

    Parameters
    ----------
    axes
        Where to draw.
    spans
        The run's spans.
    workers
        The number of rows.
    """
    from matplotlib.patches import PathPatch

    for kind, (colour, hatch) in KIND_STYLES.items():
        own = spans[(spans["kind"] == kind) & (spans["end_s"] > spans["start_s"])]
        if own.empty:
            continue
        # One path for all spans of a kind: each hatched shape of its own takes as long to draw.
        shape = PathPatch(
            _outline(own),
            facecolor=colour,
            hatch=hatch,
            edgecolor="white" if kind == "train" else "#444444",
            linewidth=0.2,
        )
        axes.add_artist(shape)
        axes.barh(0, 0, color=colour, hatch=hatch, edgecolor="#444444", label=kind)
    if not spans.empty:
        axes.update_datalim([(spans["start_s"].min(), 0), (spans["end_s"].max(), workers - 1)])
        axes.autoscale_view()
    axes.set_ylim(workers - 0.5, -0.5)
    axes.set_yticks(range(workers), [f"worker {worker}" for worker in range(workers)])


def _outline(spans: pd.DataFrame) -> Outline:
    """Return the rectangles of spans as one path."""
    from matplotlib.path import Path as Outline

    left, right = spans["start_s"].to_numpy("float64"), spans["end_s"].to_numpy("float64")
    row = spans["worker"].to_numpy("float64")
    low, high = row - 0.4, row + 0.4
    corners = np.stack([[left, low], [right, low], [right, high], [left, high]])
    return Outline.make_compound_path_from_polys(corners.transpose(2, 0, 1))


def _precision(summary: Mapping[str, Any]) -> str:
    emulated = summary.get("arithmetic") == "emulated"
    return f"{summary['precision']} (emulated)" if emulated else str(summary["precision"])
