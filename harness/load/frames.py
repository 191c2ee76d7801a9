"""The tidy frames of one run or of many."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.config import read_config_file
from harness.load.config_columns import with_config_columns
from harness.load.discovery import Skipped, discover, read_from
from harness.load.recorded_run import RecordedRun, read_recorded_run
from harness.load.run_records import load_run_records
from harness.load.table_checks import TABLES
from harness.load.tables import check_trials_exist, read_table
from harness.records.directory import open_run_directory


@dataclass(frozen=True)
class RunFrames:
    """One run or many, as tidy frames that join on the column ``run``.

    Attributes
    ----------
    runs
        One row a run: what ``summary.json`` says, the ledger as
        ``ledger_train`` and so on, the resolved configuration as JSON. ``run``
        is the run's identifier, or its path where two identifiers are alike.
    trials, epochs, spans
        The tables of ``docs/records.md``, one row a trial, an epoch and a span. Trials and
        epochs have a column ``config.lr`` and so on for each hyperparameter, too.
    skipped
        What was left out, and why.
    """

    runs: pd.DataFrame
    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame
    skipped: tuple[Skipped, ...] = ()


def load_run(path: str | os.PathLike[str]) -> RunFrames:
    """Load one run; one that has not ended is read from its event log as it stands.

    Parameters
    ----------
    path
        A run directory.

    Raises
    ------
    RequestError
        If `path` is not a run directory, or its files are damaged.
    """
    directory = open_run_directory(Path(path))
    if directory.summary.is_file():
        return _frames([read_recorded_run(directory.path)])
    summary, tables = load_run_records(directory)
    config = read_config_file(directory.config)
    label = str(summary["run_id"])
    return RunFrames(
        runs=runs_frame([(label, directory.path, summary, config)]),
        trials=with_config_columns(_with_label(tables.trials, label, TABLES["trials"])),
        epochs=with_config_columns(_with_label(tables.epochs, label, TABLES["epochs"])),
        spans=_with_label(tables.spans, label, TABLES["spans"]),
    )


def load_runs(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> RunFrames:
    """Load the whole runs in some folders.

    Parameters
    ----------
    paths
        One or several run directories, or folders that contain them at any depth.

    Returns
    -------
    RunFrames
        Runs that are half-written, interrupted, of another format or copies
        are not in it; `RunFrames.skipped` names them.

    Raises
    ------
    RequestError
        If a path does not exist, or there is no whole run in any of them.
    """
    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found, frames = read_from(discover(Path(path) for path in several), _frames)
    return dataclasses.replace(frames, skipped=found.skipped)


def _frames(runs: Sequence[RecordedRun]) -> RunFrames:
    labels = label_runs(runs)
    described = [
        (label, run.path, run.summary, run.config) for label, run in zip(labels, runs, strict=True)
    ]
    trials, epochs = (read_table(runs, labels, name) for name in ("trials", "epochs"))
    check_trials_exist(runs, trials, epochs)
    return RunFrames(
        runs=runs_frame(described),
        trials=with_config_columns(trials),
        epochs=with_config_columns(epochs),
        spans=read_table(runs, labels, "spans"),
    )


def label_runs(runs: Sequence[RecordedRun]) -> list[str]:
    """Return one name a run: its identifier, or its path where that is not its own."""
    counts = Counter(run.run_id for run in runs)
    return [run.run_id if counts[run.run_id] == 1 else str(run.path) for run in runs]


def runs_frame(
    runs: Iterable[tuple[str, Path, Mapping[str, Any], Mapping[str, Any]]],
) -> pd.DataFrame:
    """Return one row for each label, path, summary and configuration."""
    return pd.DataFrame([_row(*run) for run in runs])


def _row(
    label: str, path: Path, summary: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, Any]:
    plain = {
        key: value for key, value in summary.items() if not isinstance(value, dict | list | tuple)
    }
    booked = {f"ledger_{kind}": seconds for kind, seconds in summary["ledger"].items()}
    return {
        "run": label,
        "path": str(path),
        **plain,
        **booked,
        "cpu": summary["hardware"]["cpu"],
        "cores": summary["hardware"]["cores"],
        "gpus": ", ".join(gpu["name"] for gpu in summary["hardware"]["gpus"]),
        "best_config": json.dumps(summary["best_config"]),
        "config": json.dumps(config),
    }


def _with_label(table: pd.DataFrame, label: str, columns: Mapping[str, str]) -> pd.DataFrame:
    text = {column: "category" for column, kind in columns.items() if kind == "string"}
    frame = table.astype(text)
    frame.insert(0, "run", pd.Series([label] * len(frame), index=frame.index, dtype="category"))
    return frame
