"""Draws shares that rise in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.figures.style import LINE_COLOURS, LINE_STYLES, WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class StepLine:
    """A share that rises.

    Attributes
    ----------
    label
        What the legend says.
    x, shares
        Where it rises, and to what.
    """

    label: str
    x: NDArray[Any]
    shares: NDArray[Any]


@dataclass(frozen=True)
class StepPanel:
    """The lines of one pair of axes.

    Attributes
    ----------
    x_label
        What it runs along.
    lines
        The lines.
    """

    x_label: str
    lines: Sequence[StepLine]


def draw_steps(panels: Sequence[StepPanel], y_label: str) -> Figure:
    """Draw panels one below the other, with one legend for all.

    Parameters
    ----------
    panels
        At least one.
    y_label
        What the shares are of.
    """
    labels = list(dict.fromkeys(line.label for panel in panels for line in panel.lines))
    columns = 2 if max(map(len, labels)) > 24 else 3
    figure = new_figure(WIDTH, 2.2 * len(panels) + 0.2 * -(-len(labels) // columns) + 0.3)
    handles: dict[str, Any] = {}
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        furthest = max(float(line.x[-1]) for line in panel.lines)
        for line in panel.lines:
            place = labels.index(line.label)
            x = np.concatenate([[0.0], line.x, [1.05 * furthest]])
            shares = np.concatenate([[0.0], line.shares, line.shares[-1:]])
            (handles[line.label],) = axes.step(
                x,
                shares,
                where="post",
                color=LINE_COLOURS[place % len(LINE_COLOURS)],
                linestyle=LINE_STYLES[place // len(LINE_COLOURS) % len(LINE_STYLES)],
                linewidth=1.4,
            )
        axes.set_xlabel(panel.x_label, fontsize=9)
        axes.set_ylabel(y_label, fontsize=9)
        axes.set_xlim(0, 1.05 * furthest)
        axes.set_ylim(0, 1.03)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    figure.legend(
        [handles[label] for label in labels],
        labels,
        loc="outside lower center",
        ncols=columns,
        fontsize=8,
    )
    return figure
