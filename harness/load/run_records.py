"""The summary and the tables of a run, also of one that has not ended."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from harness.config import ResolvedConfig
from harness.errors import one_line
from harness.load.event_log import log_complaint
from harness.load.recorded_run import (
    UnusableRun,
    opened_table,
    read_environment,
    read_recorded_run,
)
from harness.load.table_checks import TABLES, rows_complaint, stray_complaint
from harness.machine.environment import run_arithmetic
from harness.plugins.loading import load_workload
from harness.records.directory import RunDirectory
from harness.records.events import read_events
from harness.records.fold import RunTables, fold_events, with_best_values
from harness.records.schema import with_later_columns
from harness.records.summary import summarise
from harness.workload import Metric


def fold_run(
    config: ResolvedConfig,
    directory: RunDirectory,
    metric: Metric,
    closed: bool,
    reason: str = "worker",
) -> RunTables:
    """Fold a run's event log, while it runs (`closed` False) or afterwards."""
    lines = read_events(directory.events)
    tables = fold_events(lines, directory.run_id, config.workers, closed, reason)
    trials = with_best_values(tables.trials, tables.epochs, metric.mode)
    return dataclasses.replace(tables, trials=trials)


def load_run_records(directory: RunDirectory) -> tuple[dict[str, Any], RunTables]:
    """Return a run's summary and tables, folded from the events while it runs.

    Raises
    ------
    RequestError
        If its files are damaged.
    """
    if directory.summary.is_file():
        return _finished(directory.path)
    config = directory.read_config()
    environment = read_environment(directory.path)
    if environment.get("hardware") is None:
        raise UnusableRun(directory.path, "environment.json lacks 'hardware'")
    wrong = log_complaint(read_events(directory.events))
    if wrong is not None:
        raise UnusableRun(directory.path, wrong)
    metric: Metric = load_workload(config.workload, config.workload_options).metric
    try:
        tables = fold_run(config, directory, metric, closed=False)
    except (KeyError, TypeError, ValueError) as error:
        # Each line can be read, and together they are no log: a writer's first line is not its
        # first any more.
        raise UnusableRun(directory.path, f"its events are damaged ({one_line(error)})") from error
    summary = summarise(
        config,
        tables,
        metric,
        directory.run_id,
        "running",
        environment["hardware"],
        None,
        None,
        arithmetic=run_arithmetic(environment),
    )
    return summary, tables


def _finished(path: Path) -> tuple[dict[str, Any], RunTables]:
    run = read_recorded_run(path)
    trials, epochs, spans = (
        with_later_columns(_read_table(path, name), columns) for name, columns in TABLES.items()
    )
    _check_epochs(trials, epochs, path)
    summary = dict(run.summary)
    return summary, RunTables(trials, epochs, spans, None, summary["runtime_s"], ended=True)


def _check_epochs(trials: pd.DataFrame, epochs: pd.DataFrame, path: Path) -> None:
    counted = epochs["trial_id"].value_counts()
    strays = set(counted.index) - set(trials["trial_id"])
    if strays:
        raise UnusableRun(path, stray_complaint(min(strays)))
    for trial_id, said in zip(trials["trial_id"], trials["epochs"], strict=True):
        found = int(counted.get(trial_id, 0))
        if said != found:
            raise UnusableRun(
                path,
                f"trials.parquet has {said} in the column 'epochs' for '{trial_id}', and "
                f"epochs.parquet has {found} rows",
            )


def _read_table(run: Path, name: str) -> pd.DataFrame:
    with opened_table(run, name) as readable:
        table = pq.ParquetFile(readable).read()
    wrong = rows_complaint(name, table)
    if wrong is not None:
        raise UnusableRun(run, f"{name}.parquet {wrong}")
    frame: pd.DataFrame = table.to_pandas()
    return frame
