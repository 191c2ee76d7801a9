"""Adds the trainings of finished run directories to a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import RequestError
from harness.load.discovery import discover
from harness.load.recorded_run import RecordedRun
from harness.replay.differences import difference
from harness.replay.place import check_place
from harness.replay.table import COLUMNS, About
from harness.replay.table_file import read_about, read_rows, write_table


def add_runs(paths: Iterable[Path], out: Path) -> tuple[int, int]:
    """Add what whole trials of finished runs recorded to a table, which may not exist yet.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them.
    out
        The table.

    Returns
    -------
    added, left_out
        How many trainings were added, and how many were not whole.

    Raises
    ------
    RequestError
        If there is no whole training, runs are not of one workload, or the table cannot be
        written.
    """
    check_place(out)
    runs = [run for run in discover(paths).runs if not run.summary.get("virtual")]
    if not runs:
        raise RequestError("There is no real run in these paths; virtual ones are no recordings.")
    about = _about(runs, out)
    frames, left_out = [], 0
    for run in runs:
        frame, partial = _rows(run, about.epochs)
        frames.append(frame)
        left_out += partial
    rows = pd.concat(frames, ignore_index=True)
    if rows.empty:
        raise RequestError(
            f"No trial of these runs trained whole ({about.epochs} epochs, from its own start)."
        )
    added = len(rows) // about.epochs
    if out.is_file():
        rows = pd.concat([read_rows(out), rows], ignore_index=True)
    identity = ["precision", "ranks", "number", "seed", "epoch"]
    write_table(out, about, rows.drop_duplicates(identity, keep="first"))
    return added, left_out


def _about(runs: Sequence[RecordedRun], out: Path) -> About:
    described = [_about_of(run) for run in runs]
    first = read_about(out) if out.is_file() else described[0]
    for run, own in zip(runs, described, strict=True):
        other = difference(own, first)
        if other is not None:
            raise RequestError(
                f"'{run.path}' is no part of this table: it has another {other}. Give it a table "
                "of its own."
            )
    return first


def _about_of(run: RecordedRun) -> About:
    return About(
        workload=str(run.summary["workload"]),
        workload_options=dict(run.config["workload_options"]),
        metric=str(run.summary["metric"]),
        mode=run.summary["mode"],
        epochs=int(run.config["epochs"]),
        space=run.environment["space"],
    )


def _rows(run: RecordedRun, epochs: int) -> tuple[pd.DataFrame, int]:
    trials = pd.read_parquet(run.table("trials"))
    recorded = pd.read_parquet(run.table("epochs"))
    spans = pd.read_parquet(run.table("spans"))
    own = trials[(trials["status"] == "completed") & trials["parent_trial_id"].isna()]
    whole = own[own["epochs"] == epochs]
    setup = spans[spans["kind"] == "setup"].assign(s=spans["end_s"] - spans["start_s"])
    setup_s = setup.groupby("trial_id")["s"].sum()
    joined = recorded.merge(whole[["trial_id", "number", "parameters"]], on="trial_id")
    hardware = {**run.summary["hardware"], "threads": run.config["threads"]}
    constant: dict[str, Any] = {
        "precision": str(run.summary["precision"]),
        "ranks": int(run.summary.get("ranks_per_trial") or 1),
        "seed": int(run.summary["seed"]),
        "test_value": float("nan"),
        "state_bytes": 0,
        "failed_epoch": 0,
        "arithmetic": str(run.summary.get("arithmetic", "native")),
        "hardware": json.dumps(hardware),
    }
    rows = joined.assign(
        **constant,
        setup_s=joined["trial_id"].map(setup_s).fillna(0.0),
        checkpoint_s=joined.groupby("trial_id")["checkpoint_save_s"].transform("max"),
    )
    return rows[list(COLUMNS)].astype(COLUMNS), len(trials) - len(whole)
