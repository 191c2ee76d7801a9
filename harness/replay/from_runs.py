"""Adds the trainings of finished run directories to a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.config import ResolvedConfig
from harness.errors import RequestError
from harness.load.discovery import Skipped, discover, read_from
from harness.load.recorded_run import RecordedRun, UnusableRun
from harness.load.tables import check_trials_exist, read_table
from harness.load.virtual import is_virtual
from harness.records.directory import RunDirectory
from harness.replay.differences import difference
from harness.replay.place import check_place
from harness.replay.table import COLUMNS, About
from harness.replay.table_file import read_about, read_rows, write_table


@dataclass(frozen=True)
class Added:
    """What became of the trainings of finished runs.

    Attributes
    ----------
    trainings
        How many were added.
    left_out
        How many trials were not whole.
    skipped
        Directories that were not read, and why.
    """

    trainings: int
    left_out: int
    skipped: tuple[Skipped, ...]


def add_runs(paths: Iterable[Path], out: Path) -> Added:
    """Add what whole trials of finished runs recorded to a table, which may not exist yet.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them.
    out
        The table.

    Raises
    ------
    RequestError
        If there is no whole training, runs are not of one workload, or the table cannot be
        written.
    """
    check_place(out)
    found = discover(paths)
    if any(map(is_virtual, found.runs)):
        raise RequestError("There is no real run in these paths; virtual ones are no recordings.")
    found, read = read_from(found, lambda runs: [_Run.read(run) for run in runs])
    about = _about([one.about for one in read], found.runs, out)
    rows = pd.concat([one.rows() for one in read], ignore_index=True)
    if rows.empty:
        raise RequestError(
            f"No trial of these runs trained whole ({about.epochs} epochs, from its own start)."
        )
    added = len(rows) // about.epochs
    if out.is_file():
        rows = pd.concat([read_rows(out), rows], ignore_index=True)
    identity = ["precision", "ranks", "number", "seed", "epoch"]
    write_table(out, about, rows.drop_duplicates(identity, keep="first"))
    return Added(added, sum(len(one.trials) for one in read) - added, found.skipped)


def _about(described: Sequence[About], runs: Sequence[RecordedRun], out: Path) -> About:
    first = read_about(out) if out.is_file() else described[0]
    for run, own in zip(runs, described, strict=True):
        other = difference(own, first)
        if other is not None:
            raise RequestError(
                f"'{run.path}' is no part of this table: it has another {other}. Give it a table "
                "of its own."
            )
    return first


@dataclass(frozen=True)
class _Run:
    recorded: RecordedRun
    config: ResolvedConfig
    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame

    @classmethod
    def read(cls, run: RecordedRun) -> _Run:
        """Read a run; raise `UnusableRun` if its trainings cannot be those of a table."""
        try:
            config = RunDirectory(run.path).read_config()
        except RequestError as error:
            raise UnusableRun(run.path, f"run.yaml: {str(error).rstrip('.')}") from None
        if {config.seed_for(what) for what in ("search", "split", "training")} != {config.seed}:
            raise UnusableRun(
                run.path, "it has seeds of its own for search, split or training, and a table one"
            )
        if not run.environment.get("space"):
            raise UnusableRun(run.path, "environment.json lacks 'space'")
        tables = [read_table([run], [run.run_id], name) for name in ("trials", "epochs", "spans")]
        check_trials_exist([run], tables[0], tables[1])
        return cls(run, config, *(t.assign(trial_id=t["trial_id"].astype("str")) for t in tables))

    @property
    def about(self) -> About:
        """What a table of its trainings says of them."""
        return About(
            workload=self.config.workload,
            workload_options=self.config.workload_options,
            metric=str(self.recorded.summary["metric"]),
            mode=self.recorded.summary["mode"],
            epochs=self.config.epochs,
            space=self.recorded.environment["space"],
        )

    def rows(self) -> pd.DataFrame:
        """Return the epochs of its whole trainings as rows of a table."""
        trials, spans, summary = self.trials, self.spans, self.recorded.summary
        own = trials[(trials["status"] == "completed") & trials["parent_trial_id"].isna()]
        whole = own[own["epochs"] == self.config.epochs]
        setup = spans[spans["kind"] == "setup"].assign(s=spans["end_s"] - spans["start_s"])
        setup_s = setup.groupby("trial_id")["s"].sum()
        joined = self.epochs.merge(whole[["trial_id", "number", "parameters"]], on="trial_id")
        constant: dict[str, Any] = {
            "precision": self.config.precision,
            "ranks": int(summary.get("ranks_per_trial") or 1),
            "seed": self.config.seed,
            "test_value": float("nan"),
            "state_bytes": 0,
            "failed_epoch": 0,
            "arithmetic": str(summary.get("arithmetic", "native")),
            "hardware": json.dumps({**summary["hardware"], "threads": self.config.threads}),
        }
        rows = joined.assign(
            **constant,
            setup_s=joined["trial_id"].map(setup_s).fillna(0.0),
            checkpoint_s=joined.groupby("trial_id")["checkpoint_save_s"].transform("max"),
        )
        return rows[list(COLUMNS)].astype(COLUMNS)
