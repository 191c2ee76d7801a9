"""Draws the same configurations in two precisions: their values, and what they gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.figures.style import LINE_COLOURS, MARKERS, WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PairedValues:
    """The configurations of one comparison.

    Attributes
    ----------
    label
        What the legend says.
    full, reduced
        The value of each configuration in full and in reduced precision.
    speed_ups
        What each configuration gains.
    """

    label: str
    full: NDArray[Any]
    reduced: NDArray[Any]
    speed_ups: NDArray[Any]


def draw_precision_scatter(series: Sequence[PairedValues], metric: str, precision: str) -> Figure:
    """Draw value against value, and below it the speed-up of every configuration.

    Parameters
    ----------
    series
        The comparisons.
    metric
        What the values are.
    precision
        The reduced precision.
    """
    figure = new_figure(WIDTH, 5.2 + 0.28 * len(series))
    ratios = [4.0, 0.8 + 0.28 * len(series)]
    values, gains = figure.subplots(2, 1, squeeze=False, height_ratios=ratios)[:, 0]
    for index, one in enumerate(series):
        style = {
            "marker": MARKERS[index % len(MARKERS)],
            "color": LINE_COLOURS[index % len(LINE_COLOURS)],
            "markerfacecolor": "none",
            "linestyle": "none",
            "markersize": 5,
        }
        values.plot(one.full, one.reduced, **style)
        # Multiples of the golden ratio spread points evenly over the row's height.
        heights = index + 0.6 * ((np.arange(len(one.speed_ups)) * 0.618034) % 1.0 - 0.5)
        gains.plot(one.speed_ups, heights, **style)
    _draw_diagonal(values)
    values.set_xlabel(f"validation {metric}, fp32", fontsize=9)
    values.set_ylabel(f"validation {metric}, {precision}", fontsize=9)
    gains.axvline(1.0, color="black", linewidth=0.9)
    gains.set_yticks(range(len(series)), [one.label for one in series], fontsize=8)
    gains.set_ylim(len(series) - 0.5, -0.5)
    gains.set_xlabel("speed-up of each configuration's epochs (fp32 ÷ reduced)", fontsize=9)
    for axes in (values, gains):
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    return figure


def _draw_diagonal(axes: Axes) -> None:
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.8)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
