"""Draws ratios as bars with intervals, below one upper limit each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.figures.style import HATCHES, LINE_COLOURS, WIDTH, label_rows, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class RatioBar:
    """One bar.

    Attributes
    ----------
    label
        What stands beside it.
    value, low, high
        The ratio and its interval; NaN where there is none.
    reference
        A published value of the same, NaN without one.
    style
        Which colour and hatch.
    """

    label: str
    value: float
    low: float
    high: float
    reference: float
    style: int


@dataclass(frozen=True)
class RatioPanel:
    """Bars with one upper limit.

    Attributes
    ----------
    title
        What they have in common.
    bars
        The bars, from the top.
    limit, limit_low, limit_high
        The limit and its interval; NaN without one.
    """

    title: str
    bars: Sequence[RatioBar]
    limit: float
    limit_low: float
    limit_high: float


def draw_ratios(
    panels: Sequence[RatioPanel], x_label: str, limit_label: str, reference_label: str
) -> Figure:
    """Draw panels of bars one below the other.

    Parameters
    ----------
    panels
        At least one.
    x_label, limit_label, reference_label
        What the axis, the limits and the published values are.
    """
    heights = [0.32 * len(panel.bars) + 0.25 for panel in panels]
    figure = new_figure(WIDTH, sum(heights) + 0.45 * len(panels) + 0.8)
    grid = figure.subplots(len(panels), sharex=True, squeeze=False, height_ratios=heights)
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        _draw_panel(axes, panel, limit_label, reference_label)
    last = grid[-1, 0]
    last.set_xlabel(x_label, fontsize=9)
    last.set_xlim(left=0)
    entries = {
        label: handle
        for axes in grid[:, 0]
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=3, fontsize=8
    )
    return figure


def _draw_panel(axes: Axes, panel: RatioPanel, limit_label: str, reference_label: str) -> None:
    places = np.arange(len(panel.bars))
    for place, bar in zip(places, panel.bars, strict=True):
        axes.barh(
            place,
            bar.value,
            height=0.72,
            facecolor=_lightened(LINE_COLOURS[bar.style % len(LINE_COLOURS)]),
            hatch=HATCHES[bar.style % len(HATCHES)],
            edgecolor="#333333",
            linewidth=0.6,
        )
        if np.isfinite(bar.low):
            distances = [[bar.value - bar.low], [bar.high - bar.value]]
            axes.errorbar(bar.value, place, xerr=distances, color="black", capsize=3, linewidth=1.2)
        axes.text(0.02, float(place), f" {bar.value:.2f}", va="center", fontsize=8, bbox=_LABEL_BOX)
        if np.isfinite(bar.reference):
            axes.plot(
                bar.reference,
                place,
                "D",
                markersize=6,
                markerfacecolor="white",
                markeredgecolor="black",
                label=reference_label,
            )
    axes.axvline(1.0, color="black", linewidth=0.9)
    if np.isfinite(panel.limit):
        axes.axvline(panel.limit, color="black", linestyle="--", linewidth=1.3, label=limit_label)
        if np.isfinite(panel.limit_low):
            axes.axvspan(
                panel.limit_low, panel.limit_high, color="#888888", alpha=0.25, linewidth=0
            )
    label_rows(axes, [bar.label for bar in panel.bars], panel.title)
    axes.set_ylim(len(panel.bars) - 0.5, -0.5)


_LABEL_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}


def _lightened(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return tuple(0.45 * part + 0.55 for part in to_rgb(colour))
