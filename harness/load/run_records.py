"""The summary and the tables of a run, also of one that has not ended."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd

from harness.config import ResolvedConfig
from harness.machine.environment import run_arithmetic
from harness.machine.native_files import readable_natively
from harness.plugins.loading import load_workload
from harness.records.directory import RunDirectory
from harness.records.events import read_events
from harness.records.fold import RunTables, fold_events, with_best_values
from harness.records.schema import EPOCHS, SPANS, TRIALS, with_later_columns
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
    """Return a run's summary and tables, folded from the events while it runs."""
    config = directory.read_config()
    if directory.summary.is_file():
        summary = directory.read_summary()
        trials, epochs, spans = (
            with_later_columns(_read_table(directory.table(name)), columns)
            for name, columns in (("trials", TRIALS), ("epochs", EPOCHS), ("spans", SPANS))
        )
        return summary, RunTables(trials, epochs, spans, None, summary["runtime_s"], ended=True)
    metric: Metric = load_workload(config.workload, config.workload_options).metric
    tables = fold_run(config, directory, metric, closed=False)
    environment = directory.read_environment()
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


def _read_table(path: Path) -> pd.DataFrame:
    with readable_natively(path) as readable:
        return pd.read_parquet(readable)
