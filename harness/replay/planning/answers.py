"""What the replays of a plan say: intervals, the cheapest way, and where workers stop paying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

IDENTITY = ["precision", "backend", "algo", "ranks", "workers"]
"""What tells cells apart."""

LOW, HIGH = 5, 95
"""Percentiles of an interval: of single searches, not of their mean."""

LEAST_GAIN = 0.2
"""Doubling the workers pays while it takes at least this share off the time."""


@dataclass(frozen=True)
class Answers:
    """A plan's answers.

    Attributes
    ----------
    table
        One row a cell, with a median and an interval for each number.
    cheapest
        The row of the cell that reaches the target at the fewest device-hours, in at
        least `SURE` of its searches; None without a target, or where no cell does.
    saturation
        One row for each kind of search: the most workers that still pay.
    """

    table: pd.DataFrame
    cheapest: pd.Series | None
    saturation: pd.DataFrame


SURE = 0.9
"""Share of a cell's searches that must reach the target."""


def answers_of(searches: pd.DataFrame, has_target: bool) -> Answers:
    """Return what the replays of a plan say.

    Parameters
    ----------
    searches
        One row a search, from `replay_cells`.
    has_target
        Whether there is a target.
    """
    table = pd.DataFrame([_row(own, has_target) for _, own in searches.groupby(IDENTITY)])
    cheapest: pd.Series | None = None
    if has_target:
        sure = table[table["reached"] >= SURE]
        if not sure.empty:
            cheapest = sure.sort_values("target_device_hours", kind="stable").iloc[0]
    return Answers(table, cheapest, _saturation(table))


def _row(own: pd.DataFrame, has_target: bool) -> dict[str, object]:
    first = own.iloc[0]
    row: dict[str, object] = {name: first[name] for name in IDENTITY}
    row["searches"] = len(own)
    row["values"] = first["values"]
    for name in ("runtime_s", "worker_hours", "device_hours", "best_value"):
        low, middle, high = np.percentile(own[name], [LOW, 50, HIGH])
        row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    if has_target:
        row["reached"] = float(own["target_s"].notna().mean())
        hours = own["target_s"] * first["workers"] * first["ranks"] / 3600
        row["target_s"] = float(own["target_s"].median())
        row["target_device_hours"] = float(hours.median())
    return row


def _saturation(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each kind of search, the most workers to which a doubling still pays."""
    kinds = [name for name in IDENTITY if name != "workers"]
    rows = []
    for _, own in table.groupby(kinds):
        ordered = own.sort_values("workers")
        paying = ordered.iloc[0]
        for _, larger in ordered.iloc[1:].iterrows():
            doublings = np.log2(larger["workers"] / paying["workers"])
            kept = (larger["runtime_s"] / paying["runtime_s"]) ** (1 / doublings)
            if kept > 1 - LEAST_GAIN:
                break
            paying = larger
        most = int(ordered["workers"].max())
        rows.append(
            {
                **{name: paying[name] for name in kinds},
                "workers_that_pay": int(paying["workers"]),
                "is_largest_asked": bool(paying["workers"] == most),
            }
        )
    return pd.DataFrame(rows)
