"""What the replays of a plan say: intervals, the cheapest way, and where workers stop paying."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.replay.planning.evidence import SURE, share_interval, spread

KIND = ["precision", "backend", "algo", "ranks"]
"""What tells kinds of searches apart."""

IDENTITY = [*KIND, "workers"]
"""What tells cells apart."""

NUMBERS = ("runtime_s", "worker_hours", "device_hours", "best_value")
"""What a cell has a median and an interval of."""

LEAST_GAIN = 0.2
"""Doubling the workers pays while it takes at least this share off the time."""

_SATURATION = [*KIND, "workers_that_pay", "is_most_compared", "next_compared"]


@dataclass(frozen=True)
class Answers:
    """A plan's answers.

    Attributes
    ----------
    table
        One row a cell, with a median and an interval for each number; times of emulated
        trainings are NaN.
    sure
        The rows that reach the target in at least `SURE` of their searches.
    cheapest
        The one of them that does at the fewest device-hours; None without a target, or
        where none does, or only such whose times are not known.
    saturation
        One row for each kind of search of which several numbers of workers were compared:
        the most workers that still pay, whether they are the most that were compared, and
        the next number, to which the step does not pay.
    """

    table: pd.DataFrame
    sure: pd.DataFrame
    cheapest: pd.Series | None
    saturation: pd.DataFrame


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
    sure = table[table["reached"] >= SURE] if has_target else table.iloc[:0]
    cheapest: pd.Series | None = None
    if has_target:
        known = sure[sure["target_device_hours"].notna()]
        if not known.empty:
            cheapest = known.sort_values("target_device_hours", kind="stable").iloc[0]
    return Answers(table, sure, cheapest, _saturation(table))


def _row(own: pd.DataFrame, has_target: bool) -> dict[str, object]:
    first = own.iloc[0]
    row: dict[str, object] = {name: first[name] for name in [*IDENTITY, "arithmetic"]}
    row["searches"] = len(own)
    row["searches_with_value"] = int(own["best_value"].notna().sum())
    row["values"] = first["values"]
    for name in NUMBERS:
        low, middle, high = spread(own[name].tolist())
        row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    return {**row, **_reaching(own)} if has_target else row


def _reaching(own: pd.DataFrame) -> dict[str, object]:
    first, hits = own.iloc[0], int(own["reaches_target"].sum())
    low, high = share_interval(hits, len(own))
    # A search that never reaches the target takes longest of all.
    middle = float(own["target_s"].fillna(math.inf).median())
    seconds = middle if math.isfinite(middle) else math.nan
    return {
        "reached": hits / len(own),
        "reached_low": low,
        "reached_high": high,
        "target_s": seconds,
        "target_device_hours": seconds * int(first["workers"]) * int(first["ranks"]) / 3600,
    }


def _saturation(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each kind of search, the most workers to which a doubling still pays."""
    judged = table[table["runtime_s"].notna() & (table["searches_with_value"] > 0)]
    rows = [
        {**dict(zip(KIND, kind, strict=True)), **_paying(own.sort_values("workers"))}
        for kind, own in judged.groupby(KIND)
        if len(own) > 1
    ]
    return pd.DataFrame(rows, columns=_SATURATION).astype({"next_compared": "Int64"})


def _paying(ordered: pd.DataFrame) -> dict[str, object]:
    paying = ordered.iloc[0]
    refused: int | None = None
    for _, larger in ordered.iloc[1:].iterrows():
        doublings = np.log2(larger["workers"] / paying["workers"])
        kept = (larger["runtime_s"] / paying["runtime_s"]) ** (1 / doublings)
        if kept > 1 - LEAST_GAIN:
            refused = int(larger["workers"])
            break
        paying = larger
    return {
        "workers_that_pay": int(paying["workers"]),
        "is_most_compared": refused is None,
        "next_compared": refused,
    }
