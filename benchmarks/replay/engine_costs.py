"""What an engine costs beside training, read from a real search whose epochs sleep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.replay.costs import ReplayCosts
from harness.replay.table import TrainingTable


@dataclass(frozen=True)
class Events:
    """What a search did, in order.

    Attributes
    ----------
    epochs
        Number and epoch of each, in the order in which they ended.
    ended_s
        When each ended.
    fates
        How each trial ended: number, last epoch, status.
    runtime_s
        The search's runtime.
    """

    epochs: list[tuple[int, int]]
    ended_s: list[float]
    fates: set[tuple[int, int, str]]
    runtime_s: float


def read_events(run: Path) -> Events:
    """Return the events of a run, real or virtual."""
    trials, epochs = _tables(run)
    ordered = epochs.sort_values(["end_s", "number"])
    pairs = zip(ordered["number"], ordered["epoch"], strict=True)
    fates = zip(trials["number"], trials["epochs"], trials["status"], strict=True)
    return Events(
        [(int(number), int(epoch)) for number, epoch in pairs],
        ordered["end_s"].tolist(),
        {(int(number), int(count), str(status)) for number, count, status in fates},
        _runtime_s(run),
    )


def measured_costs(run: Path, table: TrainingTable) -> ReplayCosts:
    """Return an engine's costs in a real search on a workload that sleeps.

    Parameters
    ----------
    run
        The search's directory.
    table
        Its trainings, whose seconds are the sleeps.
    """
    trials, epochs = _tables(run)
    sleeps = {t.number: t.curve.train_s[0] for t in table.trainings}
    own = epochs.sort_values(["number", "epoch"])
    slept = own["number"].map(sleeps)
    between = own.groupby("number")["end_s"].diff() - slept
    epoch_s = max(0.0, float(between.median())) if between.notna().any() else 0.0
    first = own[own["epoch"] == 1].set_index("number")
    began_s = first["end_s"] - pd.Series(sleeps)
    begins_s = float((began_s - trials.set_index("number")["start_s"]).median())
    last_s = own.groupby("number")["end_s"].max()
    ordered = trials.sort_values("start_s").assign(last_s=trials["number"].map(last_s))
    gaps = (ordered["start_s"] - ordered.groupby("worker")["last_s"].shift()).dropna()
    # A replay books an epoch's cost after each epoch, and a trial's before its start.
    trial_s = max(0.0, begins_s + (float(gaps.median()) if len(gaps) else 0.0) - epoch_s)
    starts = np.sort(began_s[ordered.groupby("worker")["number"].first()].to_numpy())
    return ReplayCosts(
        epoch_s=epoch_s,
        trial_s=trial_s,
        closing_s=max(0.0, _runtime_s(run) - float(own["end_s"].max())),
        slot_starts_s=tuple(float(max(0.0, start - trial_s)) for start in starts),
    )


def _runtime_s(run: Path) -> float:
    return float(json.loads((run / "summary.json").read_text(encoding="utf-8"))["runtime_s"])


def _tables(run: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    trials = pd.read_parquet(run / "trials.parquet")
    epochs = pd.read_parquet(run / "epochs.parquet")
    numbers = trials.set_index("trial_id")["number"]
    return trials, epochs.assign(number=epochs["trial_id"].map(numbers))
