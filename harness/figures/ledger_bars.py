"""Draws where the worker-seconds of several runs went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.figures.style import KIND_STYLES, WIDTH, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_ledgers(booked: pd.DataFrame, utilisation: pd.Series) -> Figure:
    """Draw one bar a row twice: in worker-seconds, and as shares of its own length.

    Parameters
    ----------
    booked
        Worker-seconds; the index names the bars, the columns are the kinds of
        the ledger.
    utilisation
        The number that stands beside each bar; same index.
    """
    figure = new_figure(WIDTH, 0.21 * len(booked) + 1.5)
    grid = figure.subplots(1, 2, squeeze=False, sharey=True, width_ratios=[1.3, 1.0])
    seconds, shares = grid[0]
    totals = booked.sum(axis=1).to_numpy()
    places = np.arange(len(booked))
    for axes, scale in ((seconds, np.ones(len(booked))), (shares, 100 / np.maximum(totals, 1e-12))):
        left = np.zeros(len(booked))
        for kind, (colour, hatch) in KIND_STYLES.items():
            if not (booked[kind] > 0).any():
                continue
            width = booked[kind].to_numpy() * scale
            axes.barh(
                places,
                width,
                left=left,
                height=0.8,
                facecolor=colour,
                hatch=hatch,
                edgecolor="white" if kind == "train" else "#444444",
                linewidth=0.3,
                label=kind,
            )
            left += width
        axes.tick_params(axis="x", labelsize=8)
    for place, share in zip(places, utilisation, strict=True):
        shares.text(101, place, f"{share:.0%}", va="center", fontsize=7)
    seconds.set_yticks(places, [str(label) for label in booked.index], fontsize=7)
    seconds.set_xlim(0, 1.03 * float(totals.max()))
    seconds.set_ylim(len(booked) - 0.4, -0.6)
    seconds.set_xlabel("worker-seconds", fontsize=9)
    shares.set_xlim(0, 100)
    shares.set_xlabel("share / %; at the right: utilisation", fontsize=9)
    figure.legend(
        *seconds.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=7
    )
    return figure
