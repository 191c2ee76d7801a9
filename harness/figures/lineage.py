"""Draws a population's lineage, and the schedules its mutations made of hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.figures.style import (
    INCUMBENT_COLOUR,
    TRIAL_COLOURS,
    TRIAL_STYLES,
    WIDTH,
    new_figure,
)

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
    lives = [_life(trial, int(trial.epochs[-1])) for trial in trials]
    winning = [_life(trial, trial.winning_epochs) for trial in trials if _wins(trial)]
    _add_lines(axes, lives, colors="#888888", linewidths=1.2)
    _add_lines(axes, winning, colors=INCUMBENT_COLOUR, linewidths=3)
    for wins, style in (
        (False, {"color": "#d55e00", "linewidth": 0.9, "linestyle": "--"}),
        (True, {"color": INCUMBENT_COLOUR, "linewidth": 2, "linestyle": "-"}),
    ):
        taken = [t for t in trials if t.parent_member is not None and _wins(t) == wins]
        _draw_arrows(axes, taken, style)
    axes.set_ylabel("member", fontsize=9)
    axes.set_ylim(members - 0.5, -0.5)
    axes.set_yticks(range(0, members, 1 + members // _MOST_LABELS))
    axes.set_title("arrows: a member goes on from another's state; bold: the best trial's ancestry")
    axes.title.set_fontsize(9)


def _wins(trial: LineageTrial) -> bool:
    return trial.winning_epochs is not None


def _life(trial: LineageTrial, until: int | None) -> list[tuple[float, float]]:
    begin = trial.parent_epoch or 0
    return [(begin, trial.member), (begin if until is None else until, trial.member)]


def _draw_arrows(axes: Axes, taken: Sequence[LineageTrial], style: dict[str, Any]) -> None:
    if not taken:
        return
    epochs = np.array([trial.parent_epoch for trial in taken])
    parents = np.array([trial.parent_member for trial in taken])
    members = np.array([trial.member for trial in taken])
    axes.vlines(epochs, parents, members, **style)
    # The first member is drawn at the top: a smaller number lies higher.
    for marker, chosen in (("^", members < parents), ("v", members > parents)):
        axes.plot(
            epochs[chosen], members[chosen], marker, color=style["color"], markersize=5, zorder=3
        )


def _draw_schedule(axes: Axes, trials: Sequence[LineageTrial], name: str) -> None:
    colours, styles = len(TRIAL_COLOURS), len(TRIAL_STYLES)
    _add_lines(
        axes,
        [_steps(trial, name, int(trial.epochs[-1])) for trial in trials],
        colors=[TRIAL_COLOURS[trial.member % colours] for trial in trials],
        linestyles=[TRIAL_STYLES[trial.member // colours % styles] for trial in trials],
        linewidths=1.0,
        alpha=0.7,
    )
    winning = [_steps(trial, name, trial.winning_epochs) for trial in trials if _wins(trial)]
    _add_lines(axes, winning, colors=INCUMBENT_COLOUR, linewidths=3)
    values = np.concatenate([trial.hyperparameters[name] for trial in trials])
    if values.min() > 0 and values.max() / values.min() > _LOGARITHMIC_ABOVE:
        axes.set_yscale("log")
    axes.autoscale_view()
    axes.set_ylabel(name, fontsize=9)


def _steps(trial: LineageTrial, name: str, until: int | None) -> NDArray[Any]:
    """Return the corners of a schedule: an epoch's value holds from the end of the one before."""
    chosen = trial.epochs <= (trial.epochs[-1] if until is None else until)
    ends, values = trial.epochs[chosen], trial.hyperparameters[name][chosen]
    x = np.column_stack([ends - 1, ends]).ravel()
    return np.column_stack([x, np.repeat(values, 2)])


def _add_lines(axes: Axes, lines: Sequence[Any], **style: Any) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(lines, **style))
