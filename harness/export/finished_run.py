"""A finished run as exporters read it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.errors import RequestError
from harness.load import load_run
from harness.records.directory import RunDirectory, open_run_directory

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


@dataclass(frozen=True)
class FinishedRun:
    """What is exported of a run.

    Attributes
    ----------
    summary
        What ``summary.json`` holds.
    environment
        What ``environment.json`` holds.
    trials, epochs
        The tables of ``docs/records.md``.
    """

    summary: Mapping[str, Any]
    environment: Mapping[str, Any]
    trials: pd.DataFrame
    epochs: pd.DataFrame

    @property
    def run_id(self) -> str:
        """The run's identifier."""
        return str(self.summary["run_id"])

    @property
    def space(self) -> ConfigurationSpace:
        """The search space.

        Raises
        ------
        RequestError
            If the records do not hold it.
        """
        from ConfigSpace import ConfigurationSpace

        if not self.environment.get("space"):
            raise RequestError(
                f"The run '{self.run_id}' cannot be exported: environment.json lacks 'space'."
            )
        # Reading takes the dictionary apart.
        return ConfigurationSpace.from_serialized_dict(copy.deepcopy(self.environment["space"]))

    def moment(self, seconds: float) -> float:
        """Return the Unix time of `seconds` after t = 0."""
        began = self.environment.get("command_started", 0.0) + (self.summary["startup_s"] or 0.0)
        return float(began + seconds)

    def each_trial(self) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
        """Yield each trial in the order of its start, absent values as None, and its epochs."""
        epochs = {str(name): part for name, part in self.epochs.groupby("trial_id", observed=True)}
        none = self.epochs.iloc[:0]
        for row in self.trials.sort_values("start_s", kind="stable").to_dict("records"):
            trial: dict[str, Any] = {
                str(key): None if pd.isna(value) else value
                for key, value in row.items()
                # A hyperparameter's own column may hold a list; `config` has it as well.
                if not str(key).startswith("config.")
            }
            trial["config"] = json.loads(trial["config"])
            yield trial, epochs.get(trial["trial_id"], none)


def read_finished_run(path: Path) -> FinishedRun:
    """Read a run that has ended, completed or not.

    Raises
    ------
    RequestError
        If `path` is no run directory, the search still runs, or a file is damaged.
    """
    directory: RunDirectory = open_run_directory(path)
    if not directory.summary.is_file():
        raise RequestError(f"The run '{path}' has not ended: it has no summary.json.")
    frames = load_run(path)
    return FinishedRun(
        summary=directory.read_summary(),
        environment=directory.read_environment(),
        trials=frames.trials,
        epochs=frames.epochs,
    )


def as_datetime(unix_time: float) -> datetime:
    """Return a Unix time in the local zone, as libraries without zones want it."""
    return datetime.fromtimestamp(unix_time)
