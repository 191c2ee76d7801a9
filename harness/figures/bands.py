"""Draws means over repetitions as lines, with their spread as bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.figures.style import LINE_COLOURS, LINE_STYLES, MARKERS, WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_MARKS = 8
_FEW_LINES = 6
_LOGARITHMIC_ABOVE = 20.0


@dataclass(frozen=True)
class BandLine:
    """One line with its band.

    Attributes
    ----------
    label
        What the legend says.
    x, mean, deviation
        The line, and the half width of the band around it.
    colour, dash
        Which colour and marker, and which dashes: two factors of a comparison.
    """

    label: str
    x: NDArray[Any]
    mean: NDArray[Any]
    deviation: NDArray[Any]
    colour: int
    dash: int


@dataclass(frozen=True)
class BandPanel:
    """The lines of one pair of axes.

    Attributes
    ----------
    title, x_label, y_label
        Its texts.
    lines
        The lines.
    """

    title: str
    x_label: str
    y_label: str
    lines: Sequence[BandLine]


def draw_bands(panels: Sequence[BandPanel]) -> Figure:
    """Draw panels one below the other, with one legend for all.

    Parameters
    ----------
    panels
        At least one.
    """
    labels = {line.label: line for panel in panels for line in panel.lines}
    columns = 2 if max(map(len, labels)) > 24 else 3
    legend_rows = -(-len(labels) // columns)
    figure = new_figure(WIDTH, 2.7 * len(panels) + 0.2 * legend_rows + 0.3)
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw_panel(axes, panel)
    handles = [_handle(line) for line in labels.values()]
    figure.legend(handles, list(labels), loc="outside lower center", ncols=columns, fontsize=8)
    return figure


def _draw_panel(axes: Axes, panel: BandPanel) -> None:
    for index, line in enumerate(panel.lines):
        colour = LINE_COLOURS[line.colour % len(LINE_COLOURS)]
        every = max(1, len(line.x) // _MARKS)
        axes.plot(
            line.x,
            line.mean,
            color=colour,
            linestyle=LINE_STYLES[line.dash % len(LINE_STYLES)],
            marker=MARKERS[line.colour % len(MARKERS)],
            # Lines that lie on one another show their markers side by side.
            markevery=(index * every // max(1, len(panel.lines)), every),
            markersize=4,
            linewidth=1.3,
        )
        if np.any(line.deviation > 0):
            axes.fill_between(
                line.x,
                line.mean - line.deviation,
                line.mean + line.deviation,
                color=colour,
                alpha=0.15 if len(panel.lines) <= _FEW_LINES else 0.07,
                linewidth=0,
            )
    lowest = min((float(np.nanmin(line.mean)) for line in panel.lines), default=0.0)
    highest = max((float(np.nanmax(line.mean)) for line in panel.lines), default=0.0)
    if lowest > 0 and highest / lowest > _LOGARITHMIC_ABOVE:
        axes.set_yscale("log")
    axes.set_title(panel.title, fontsize=9, loc="left")
    axes.set_xlabel(panel.x_label, fontsize=9)
    axes.set_ylabel(panel.y_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)


def _handle(line: BandLine) -> Line2D:
    from matplotlib.lines import Line2D

    # Its types name the styles alone, not the dashes that it takes as well.
    dashes: Any = LINE_STYLES[line.dash % len(LINE_STYLES)]
    return Line2D(
        [],
        [],
        color=LINE_COLOURS[line.colour % len(LINE_COLOURS)],
        linestyle=dashes,
        marker=MARKERS[line.colour % len(MARKERS)],
        markersize=4,
        linewidth=1.3,
    )
