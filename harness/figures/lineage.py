"""Draws a population's lineage, and the schedules its mutations made of hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.figures.style import LINE_COLOURS, LINE_STYLES, WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOGARITHMIC_ABOVE = 10.0
_MOST_LABELS = 20


@dataclass(frozen=True)
class LineageTrial:
    """One trial of a population.

    Attributes
    ----------
    member
        Its member.
    parent_member, parent_epoch
        Whose state after which epoch it began from; None for fresh weights.
    epochs
        Its epochs, ascending.
    hyperparameters
        The values of the mutable hyperparameters at each of them.
    winning_epochs
        Up to which epoch it is an ancestor of the best trial; None if it is none.
    """

    member: int
    parent_member: int | None
    parent_epoch: int | None
    epochs: NDArray[Any]
    hyperparameters: Mapping[str, NDArray[Any]]
    winning_epochs: int | None


def draw_lineage(trials: Sequence[LineageTrial], hyperparameters: Sequence[str]) -> Figure:
    """Draw who took over whose state, and each hyperparameter's schedule.

    The best trial and its ancestors are drawn bold.

    Parameters
    ----------
    trials
        The trials, each with at least one epoch.
    hyperparameters
        Which schedules to draw.
    """
    members = 1 + max(trial.member for trial in trials)
    heights = [max(1.6, 0.16 * members), *[2.2] * len(hyperparameters)]
    figure = new_figure(WIDTH, sum(heights) + 0.9)
    grid = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    _draw_takeovers(grid[0], trials, members)
    for axes, name in zip(grid[1:], hyperparameters, strict=True):
        _draw_schedule(axes, trials, name)
    grid[-1].set_xlabel("epoch", fontsize=9)
    for axes in grid:
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    return figure


def _draw_takeovers(axes: Axes, trials: Sequence[LineageTrial], members: int) -> None:
    for trial in trials:
        begin = trial.parent_epoch or 0
        axes.plot([begin, trial.epochs[-1]], [trial.member] * 2, color="#888888", linewidth=1.2)
        if trial.winning_epochs is not None:
            axes.plot([begin, trial.winning_epochs], [trial.member] * 2, color="black", linewidth=3)
        if trial.parent_member is not None:
            wins = trial.winning_epochs is not None
            axes.annotate(
                "",
                xy=(begin, trial.member),
                xytext=(begin, trial.parent_member),
                arrowprops={
                    "arrowstyle": "->",
                    "color": "black" if wins else "#d55e00",
                    "linewidth": 2 if wins else 0.9,
                    "linestyle": "-" if wins else "--",
                },
            )
    axes.set_ylabel("member", fontsize=9)
    axes.set_ylim(members - 0.5, -0.5)
    axes.set_yticks(range(0, members, 1 + members // _MOST_LABELS))
    axes.set_title("arrows: a member goes on from another's state; bold: the best trial's ancestry")
    axes.title.set_fontsize(9)


def _draw_schedule(axes: Axes, trials: Sequence[LineageTrial], name: str) -> None:
    values = np.concatenate([trial.hyperparameters[name] for trial in trials])
    for trial in trials:
        own = trial.hyperparameters[name]
        axes.step(
            np.append(trial.epochs[0] - 1, trial.epochs),
            np.append(own[0], own),
            where="pre",
            color=LINE_COLOURS[trial.member % (len(LINE_COLOURS) - 1)],
            linestyle=LINE_STYLES[trial.member // (len(LINE_COLOURS) - 1) % len(LINE_STYLES)],
            linewidth=1.0,
            alpha=0.7,
        )
        if trial.winning_epochs is not None:
            wins = trial.epochs <= trial.winning_epochs
            axes.step(
                np.append(trial.epochs[0] - 1, trial.epochs[wins]),
                np.append(own[0], own[wins]),
                where="pre",
                color="black",
                linewidth=3,
            )
    positive = values[values > 0]
    if len(positive) == len(values) and values.max() / values.min() > _LOGARITHMIC_ABOVE:
        axes.set_yscale("log")
    axes.set_ylabel(name, fontsize=9)
