"""The incumbent of every run over time and over epochs, averaged over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.report.collection import Collection

Axis = Literal["end_s", "count"]
"""Seconds since the search began, or epochs trained by all workers."""

_POINTS = 160


@dataclass(frozen=True)
class MeanCurve:
    """The mean incumbent of some runs.

    Attributes
    ----------
    x, mean, deviation
        Shape (points,). It begins where every run has an incumbent and ends
        with the longest run; a run that has ended keeps its last incumbent.
        The deviation is 0 for one run.
    """

    x: NDArray[Any]
    mean: NDArray[Any]
    deviation: NDArray[Any]


@dataclass(frozen=True)
class AtEqualCost:
    """The incumbents of two runs when both had cost the same.

    Attributes
    ----------
    one, other
        Their best validation values by then.
    cost
        What both had cost, along the axis asked for.
    """

    one: float
    other: float
    cost: float


class Incumbents:
    """The incumbents of all runs of a collection, one row an epoch.

    Parameters
    ----------
    collection
        The runs.
    """

    def __init__(self, collection: Collection) -> None:
        modes = collection.table.set_index("run")["mode"]
        epochs = collection.epochs[["run", "end_s", "value"]].dropna()
        ordered = epochs.sort_values(["run", "end_s"], ignore_index=True)
        sign = np.where(ordered["run"].map(modes) == "max", 1.0, -1.0)
        best = (ordered["value"] * sign).groupby(ordered["run"]).cummax() * sign
        self._runs = ordered["run"].to_numpy()
        self._columns: dict[str, NDArray[Any]] = {
            "end_s": ordered["end_s"].to_numpy("float64"),
            "count": ordered.groupby("run").cumcount().to_numpy("float64") + 1,
            "best": best.to_numpy("float64"),
        }

    def mean_curve(self, runs: pd.Series, axis: Axis) -> MeanCurve:
        """Average the incumbents of `runs`, given by their indices.

        Parameters
        ----------
        runs
            At least one.
        axis
            Along what.
        """
        curves = [(self._of(run, axis), self._of(run, "best")) for run in runs]
        begin = max(float(x[0]) for x, _best in curves)
        grid = np.linspace(begin, max(float(x[-1]) for x, _best in curves), _POINTS)
        held = np.stack([b[np.searchsorted(x, grid, side="right") - 1] for x, b in curves])
        spread = held.std(axis=0, ddof=1) if len(curves) > 1 else np.zeros(_POINTS)
        return MeanCurve(grid, held.mean(axis=0), spread)

    def at_equal_cost(self, first: int, second: int, axis: Axis) -> AtEqualCost | None:
        """Return the incumbents of two runs when both had cost what the cheaper one did in all.

        Returns
        -------
        AtEqualCost or None
            None where one of them had no incumbent by then.
        """
        axes = [self._of(run, axis) for run in (first, second)]
        if not all(len(x) for x in axes):
            return None
        spent = min(float(x[-1]) for x in axes)
        places = [int(np.searchsorted(x, spent, side="right")) - 1 for x in axes]
        if min(places) < 0:
            return None
        one, other = (
            float(self._of(run, "best")[place])
            for run, place in zip((first, second), places, strict=True)
        )
        return AtEqualCost(one, other, spent)

    def cost_of(self, run: int, target: float, mode: str, axis: Axis) -> tuple[float, bool]:
        """Return what a run cost until it reached a target, and whether it ended without.

        Parameters
        ----------
        run
            Its index.
        target
            A validation value.
        mode
            ``"min"`` or ``"max"``.
        axis
            Along what; a run that ended without cost all of it.
        """
        x, best = self._of(run, axis), self._of(run, "best")
        reached = np.flatnonzero(best >= target if mode == "max" else best <= target)
        place = int(reached[0]) if len(reached) else len(x) - 1
        return float(x[place]), not len(reached)

    def _of(self, run: int, column: str) -> NDArray[Any]:
        left, right = np.searchsorted(self._runs, [run, run + 1])
        return self._columns[column][left:right]
