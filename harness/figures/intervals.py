"""Draws estimates with their intervals beside a margin that counts as nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.figures.style import LINE_COLOURS, WIDTH, label_rows, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTCOME_STYLES: dict[str, tuple[str, str]] = {
    "better": (LINE_COLOURS[0], "o"),
    "worse": (LINE_COLOURS[1], "s"),
    "equivalent": (LINE_COLOURS[2], "D"),
    "undecided": ("#777777", "o"),
}
"""Colour and marker of each outcome of a comparison; what is open has a hollow marker."""

_BEYOND = 1.6
_LABEL_CHARACTERS = 44


@dataclass(frozen=True)
class IntervalRow:
    """One estimate.

    Attributes
    ----------
    label
        What stands beside it.
    value, low, high
        The estimate and its interval; the ends are NaN without one.
    outcome
        A key of `OUTCOME_STYLES`.
    """

    label: str
    value: float
    low: float
    high: float
    outcome: str


@dataclass(frozen=True)
class IntervalPanel:
    """Estimates of one quantity.

    Attributes
    ----------
    title
        What they estimate.
    rows
        The estimates, from the top; at least one.
    unit
        What the axis counts, from no difference on.
    margin
        How far from 0 counts as nothing.
    """

    title: str
    rows: Sequence[IntervalRow]
    unit: str
    margin: float


def draw_intervals(panels: Sequence[IntervalPanel]) -> Figure:
    """Draw panels of estimates one below the other.

    An interval that reaches beyond its panel ends in an arrow: with two seeds it can be a
    hundred times as wide as what the others show.

    Parameters
    ----------
    panels
        At least one.
    """
    heights = [0.15 + sum(_row_height(row) for row in panel.rows) for panel in panels]
    figure = new_figure(WIDTH, sum(heights) + 0.75 * len(panels) + 0.4)
    grid = figure.subplots(len(panels), squeeze=False, height_ratios=heights)
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        _draw_panel(axes, panel)
    figure.legend(handles=_legend(panels), loc="outside lower center", ncols=5, fontsize=8)
    return figure


def reach(panel: IntervalPanel) -> float:
    """Return how far a panel's axis reaches to either side of no difference."""
    numbers = np.array([[row.value, row.low, row.high] for row in panel.rows])
    estimates = np.abs(numbers[:, 0])
    ends = np.abs(numbers[:, 1:])
    ends = ends[np.isfinite(ends)]
    usual = float(np.quantile(ends, 0.75)) if ends.size else 0.0
    furthest = max(2 * panel.margin, _BEYOND * float(estimates.max()), 1.1 * usual)
    return furthest or 1.0


def _draw_panel(axes: Axes, panel: IntervalPanel) -> None:
    end = reach(panel)
    axes.axvspan(-panel.margin, panel.margin, color="#888888", alpha=0.25, linewidth=0)
    axes.axvline(0.0, color="black", linewidth=0.9)
    for place, row in enumerate(panel.rows):
        _draw_row(axes, place, row, end)
    axes.set_xlim(-end, end)
    axes.set_ylim(len(panel.rows) - 0.4, -0.6)
    axes.set_xlabel(panel.unit, fontsize=8)
    label_rows(axes, ["\n".join(_lines(row)) for row in panel.rows], panel.title)


def _lines(row: IntervalRow) -> list[str]:
    return textwrap.wrap(row.label, _LABEL_CHARACTERS)


def _row_height(row: IntervalRow) -> float:
    return 0.1 + 0.14 * len(_lines(row))


def _draw_row(axes: Axes, place: int, row: IntervalRow, end: float) -> None:
    mark = _mark(row.outcome)
    colour = mark["color"]
    if np.isfinite(row.low):
        axes.plot([max(row.low, -end), min(row.high, end)], [place, place], color=colour, lw=1.6)
        for outside, at, arrow in ((row.low < -end, -end, "<"), (row.high > end, end, ">")):
            if outside:
                axes.plot(at, place, arrow, color=colour, markersize=6, clip_on=False)
    axes.plot(row.value, place, markersize=6, **mark)


def _mark(outcome: str) -> dict[str, Any]:
    """Return how the mark of an outcome is drawn, in its row and in the legend."""
    colour, marker = OUTCOME_STYLES[outcome]
    face = "white" if outcome == "undecided" else colour
    return {"color": colour, "marker": marker, "markerfacecolor": face}


def _legend(panels: Sequence[IntervalPanel]) -> list[object]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    present = {row.outcome for panel in panels for row in panel.rows}
    marks: list[object] = [
        Line2D([], [], label=outcome, **_mark(outcome))
        for outcome in OUTCOME_STYLES
        if outcome in present
    ]
    if any(panel.margin > 0 for panel in panels):
        marks.append(Patch(color="#888888", alpha=0.25, label="counts as nothing"))
    return marks
