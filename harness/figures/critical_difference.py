"""Draws average ranks, and which of them chance alone could explain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.figures.style import WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_ranks(panels: Sequence[tuple[str, pd.Series, float]]) -> Figure:
    """Draw average ranks as dots, with the critical difference as a bar from each.

    Two methods differ by Nemenyi's test where the bar of the better one ends
    before the dot of the other.

    Parameters
    ----------
    panels
        For each: a title, the ranks (ascending, indexed by method), and the
        critical difference, NaN without one.
    """
    heights = [0.26 * len(ranks) + 0.3 for _title, ranks, _difference in panels]
    figure = new_figure(WIDTH, sum(heights) + 0.75 * len(panels))
    grid = figure.subplots(len(panels), squeeze=False, height_ratios=heights)
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        _draw_panel(axes, *panel)
    return figure


def _draw_panel(axes: Axes, title: str, ranks: pd.Series, difference: float) -> None:
    places = np.arange(len(ranks))
    if np.isfinite(difference):
        axes.hlines(places, ranks, ranks + difference, color="#0072b2", linewidth=3, alpha=0.45)
    axes.plot(ranks, places, "o", color="black", markersize=5)
    for place, rank in zip(places, ranks, strict=True):
        axes.annotate(
            f"{rank:.2f}",
            (rank, place),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
        )
    axes.set_yticks(places, [str(name) for name in ranks.index], fontsize=8)
    axes.set_ylim(len(ranks) - 0.5, -0.5)
    axes.set_xlim(0, len(ranks) + 0.5)
    axes.set_xlabel("average rank (1 is best)", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(title, fontsize=9, loc="left")
    axes.grid(axis="x", alpha=0.3)
