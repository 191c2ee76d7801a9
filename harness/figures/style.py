"""One look for all figures: colours that colour-blind readers tell apart, and hatches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND_STYLES: dict[str, tuple[str, str]] = {
    "startup": ("#bbbbbb", "//"),
    "setup": ("#56b4e9", "\\\\"),
    "data_wait": ("#e69f00", "xx"),
    "train": ("#0072b2", ""),
    "validate": ("#009e73", ".."),
    "checkpoint_save": ("#d55e00", "++"),
    "checkpoint_load": ("#cc79a7", "oo"),
    "idle": ("#e4e4e4", ""),
    "lost": ("#000000", ""),
}
"""Fill and hatch of each kind of the ledger (colours after Okabe and Ito)."""

LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colours of lines (after Okabe and Ito)."""

INCUMBENT_COLOUR = LINE_COLOURS[-1]
"""Of the incumbent and of the best trial's ancestry."""

TRIAL_COLOURS = LINE_COLOURS[:-1]
"""Of trials and members: none is the incumbent's."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
"""Markers of lines, so that they are told apart without their colours."""

HATCHES = ("", "//", "..", "xx", "\\\\", "++")
"""Hatches of bars, so that they are told apart without their colours."""

LINE_STYLES: tuple[str | tuple[int, tuple[int, ...]], ...] = (
    "-",
    "--",
    ":",
    "-.",
    (0, (5, 1, 1, 1, 1, 1)),
)
"""Dashes of lines."""

TRIAL_STYLES = tuple(style for style in LINE_STYLES if style != ":")
"""Dashes of trials and members: a dotted line leads from a donor's state."""

WIDTH = 6.4
"""Inches that a figure is wide: its text stays readable at a phone's width."""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that needs no display.

    Parameters
    ----------
    width, height
        Size in inches.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", dpi=150)


def label_rows(axes: Axes, labels: Sequence[str], title: str) -> None:
    """Name what is drawn at 0, 1, 2 and so on beside the y axis, and title the axes.

    Parameters
    ----------
    axes
        Where the rows are drawn.
    labels
        One a row, from the top.
    title
        What the rows have in common.
    """
    axes.set_yticks(range(len(labels)), list(labels), fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(title, fontsize=9, loc="left")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
