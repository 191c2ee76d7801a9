"""Finishes a run: tables from the event log, the incumbent's test, the summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from harness.checkpoints.in_flight import TrialStates
from harness.checkpoints.incumbent import prune_incumbents
from harness.config import ResolvedConfig
from harness.energy.session import GPUS, PACKAGES, joules_of
from harness.load.run_records import fold_run
from harness.machine.environment import run_arithmetic, run_patches
from harness.records.clock import Clock
from harness.records.costs import costs_of
from harness.records.directory import RunDirectory, write_json
from harness.records.fold import RunTables
from harness.records.summary import best_trial, summarise
from harness.search.final_test import FinalTest, evaluate_winner
from harness.search.prepare import recorder_of
from harness.trial import REOPENED, TIME_LIMIT
from harness.trials.objective_spec import ObjectiveSpec
from harness.workload import Metric


def finish_run(
    config: ResolvedConfig,
    directory: RunDirectory,
    metric: Metric,
    status: str,
    objective: ObjectiveSpec | None,
) -> dict[str, Any]:
    """Write a run's tables and summary.

    Parameters
    ----------
    config
        The resolved configuration.
    directory
        The run directory.
    metric
        The workload's metric.
    status
        ``completed``, ``interrupted`` or ``failed``.
    objective
        Tests the incumbent; None leaves the test out. It is left out as well
        when the search was not completed.

    Returns
    -------
    dict
        The summary.
    """
    reason = "interrupted" if status == "interrupted" else "worker"
    tables = fold_run(config, directory, metric, closed=True, reason=reason)
    write_tables(tables, directory)
    best = best_trial(tables.trials, metric.mode)
    test = FinalTest()
    if best is not None and status == "completed" and objective is not None:
        test = evaluate_winner(directory, str(best["trial_id"]), objective)
    unfinished = unfinished_trials(tables, config.trials)
    if status == "completed" and not unfinished:
        prune_incumbents(directory.incumbents, None if best is None else str(best["trial_id"]))
        TrialStates(directory.states).forget_all()
    environment = directory.read_environment()
    summary = summarise(
        config,
        tables,
        metric,
        directory.run_id,
        status,
        environment["hardware"],
        None if tables.began is None else tables.began - _command_started(environment),
        test.value,
        (*environment["warnings"], *test.warnings),
        run_arithmetic(environment),
    )
    summary |= test.entries()
    summary |= costs_of(environment, summary["ledger"], summary["runtime_s"], summary["startup_s"])
    for name in (PACKAGES, GPUS):
        summary[name] = joules_of(directory.path, tables.sessions, name)
    summary["engine_patches"] = run_patches(environment)
    summary["sessions"] = tables.sessions
    summary["unfinished_trials"] = unfinished
    summary["first_error"] = first_error(tables.trials)
    write_json(directory.summary, summary)
    return summary


def _command_started(environment: Mapping[str, Any]) -> float:
    """Return when the command was started, by the run's time."""
    started: float = environment["command_started"] - environment.get("launcher_ahead_s", 0.0)
    return started


def close_at_time_limit(
    config: ResolvedConfig, directory: RunDirectory, metric: Metric, clock: Clock | None = None
) -> None:
    """Record that a session, none of whose processes is left, ended at its time limit.

    Trials under way are stopped as they were after their last epoch; a resumed
    search goes on with them.

    Parameters
    ----------
    config, directory, metric
        The run.
    clock
        The run's time; that of this host by default.
    """
    trials = fold_run(config, directory, metric, closed=False).trials
    driver = recorder_of(config, directory).open_driver(clock)
    for trial_id in trials.loc[trials["status"].isin(["running", "paused"]), "trial_id"]:
        driver.trial_stopped(str(trial_id), TIME_LIMIT)
    driver.search_ended()
    driver.close()


def write_tables(tables: RunTables, directory: RunDirectory) -> None:
    """Write the tables; each file appears only when it is complete."""
    for name in ("trials", "epochs", "spans"):
        path = directory.table(name)
        partial = path.with_name(f".{path.name}.partial")
        # Arrow encodes names of files by itself, and not as this process' locale does.
        partial.write_bytes(getattr(tables, name).to_parquet(index=False))
        partial.replace(path)


def unfinished_trials(tables: RunTables, trials: int) -> int:
    """Return how many of the trials asked for are not over, so that a resume goes on with them.

    Of a member of a population, its latest trial counts.
    """
    # Not `last`, which passes over the missing reason of a completed trial.
    latest = tables.trials.sort_values("start_s").groupby("number").tail(1)
    ended = latest["status"].isin(["completed", "stopped", "failed"])
    cut_off = latest["reason"].isin([*REOPENED, "exploited"])
    return trials - int((ended & ~cut_off).sum())


def first_error(trials: pd.DataFrame) -> str | None:
    """Return the last line of the first failed trial's error, or None."""
    failed = trials[trials["status"].isin(["failed", "lost"])].sort_values("end_s")
    errors = failed["error"].dropna()
    if errors.empty:
        return None
    return str(errors.iloc[0]).strip().splitlines()[-1]
