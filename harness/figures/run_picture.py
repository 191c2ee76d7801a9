"""Draws one run: its learning curves, and what every worker did when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.errors import RequestError
from harness.figures.style import KIND_STYLES, LINE_COLOURS, new_figure
from harness.records.fold import RunTables
from harness.run_directory import open_run_directory
from harness.show import load_run_records

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
        f"{_plugin(summary['backend'])} {summary['algo']} · {_plugin(summary['workload'])} · "
        f"{summary['precision']} · seed {summary['seed']} · {summary['hardware']['cpu']}, "
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


def _plugin(name: str) -> str:
    return name.rpartition(":")[2]


def draw_curves(axes: Axes, tables: RunTables, summary: dict[str, Any]) -> None:
    """Draw every trial's validation values, exploits as arrows, and the incumbent.

    Parameters
    ----------
    axes
        Where to draw.
    tables
        The run's records.
    summary
        The run's summary.
    """
    epochs = tables.epochs
    points = {
        (row["trial_id"], row["epoch"]): (row["end_s"], row["value"])
        for row in epochs.to_dict(orient="records")
    }
    for index, trial in enumerate(tables.trials.sort_values("start_s").to_dict(orient="records")):
        own = epochs[epochs["trial_id"] == trial["trial_id"]]
        key = trial["number"] if pd.isna(trial["member"]) else trial["member"]
        colour = LINE_COLOURS[int(key if key is not None else index) % len(LINE_COLOURS)]
        axes.plot(own["end_s"], own["value"], "o-", color=colour, markersize=2.5, linewidth=0.9)
        parent = points.get((trial["parent_trial_id"], trial["parent_epoch"]))
        if parent is not None and not own.empty:
            axes.annotate(
                "",
                xy=(own["end_s"].iloc[0], own["value"].iloc[0]),
                xytext=parent,
                arrowprops={"arrowstyle": "->", "color": colour, "linestyle": ":", "alpha": 0.8},
            )
    _draw_incumbent(axes, epochs, summary)
    axes.set_ylabel(f"validation {summary['metric']}")
    axes.grid(alpha=0.3)


def _draw_incumbent(axes: Axes, epochs: pd.DataFrame, summary: dict[str, Any]) -> None:
    ordered = epochs.sort_values("end_s")
    best = ordered["value"].cummax() if summary["mode"] == "max" else ordered["value"].cummin()
    axes.step(ordered["end_s"], best, where="post", color="black", linewidth=1.8, label="incumbent")
    axes.legend(loc="lower right" if summary["mode"] == "max" else "upper right", fontsize=8)


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
    for kind, (colour, hatch) in KIND_STYLES.items():
        own = spans[spans["kind"] == kind]
        if own.empty:
            continue
        for worker, rows in own.groupby("worker"):
            axes.broken_barh(
                list(zip(rows["start_s"], rows["end_s"] - rows["start_s"], strict=True)),
                (int(str(worker)) - 0.4, 0.8),
                facecolor=colour,
                hatch=hatch,
                edgecolor="white" if kind == "train" else "#444444",
                linewidth=0.2,
            )
        axes.barh(0, 0, color=colour, hatch=hatch, edgecolor="#444444", label=kind)
    axes.set_yticks(range(workers), [f"worker {worker}" for worker in range(workers)])
    axes.invert_yaxis()
