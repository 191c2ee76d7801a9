"""The summary of a run: one row of what a comparison needs."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from harness.config import ResolvedConfig
from harness.machine.arithmetic import Arithmetic
from harness.records.fold import RunTables
from harness.records.schema import FORMAT_VERSION
from harness.records.slot_time import ledger, utilisation
from harness.workload import Metric


def best_trial(trials: pd.DataFrame, mode: str) -> pd.Series[Any] | None:
    """Return the row of the incumbent: the best completed or stopped trial, or None.

    Among equals the earliest wins.
    """
    eligible = trials[trials["status"].isin(["completed", "stopped"])]
    eligible = eligible[eligible["best_value"].notna()]
    if eligible.empty:
        return None
    ranked = eligible.sort_values(
        ["best_value", "end_s"], ascending=[mode == "min", True], kind="stable"
    )
    return ranked.iloc[0]


def summarise(
    config: ResolvedConfig,
    tables: RunTables,
    metric: Metric,
    run_id: str,
    status: str,
    hardware: dict[str, Any],
    startup_s: float | None,
    test_value: float | None,
    warnings: tuple[str, ...] = (),
    arithmetic: Arithmetic = "native",
) -> dict[str, Any]:
    """Return what ``summary.json`` holds.

    Parameters
    ----------
    config
        The resolved configuration.
    tables
        The folded records.
    metric
        The workload's metric.
    run_id
        The run's identifier.
    status
        ``running``, ``completed``, ``interrupted`` or ``failed``.
    hardware
        The machine.
    startup_s
        Seconds from the command to t = 0.
    test_value
        The incumbent's test metric, or None.
    warnings
        What the user was told before the search.
    arithmetic
        How short formats were computed in; ``"emulated"`` if any session emulated.
    """
    best = best_trial(tables.trials, metric.mode)
    booked = ledger(tables.spans)
    return {
        "format": FORMAT_VERSION,
        "run_id": run_id,
        "status": status,
        "backend": config.backend,
        "algo": config.algo,
        "workload": config.workload,
        "precision": config.precision,
        "arithmetic": arithmetic,
        "seed": config.seed,
        "search_seed": config.seed_for("search"),
        "split_seed": config.seed_for("split"),
        "training_seed": config.seed_for("training"),
        "workers": config.workers,
        "ranks_per_trial": config.ranks_per_trial,
        "trials": len(tables.trials),
        "failed_trials": int(tables.trials["status"].isin(["failed", "lost"]).sum()),
        "epochs": len(tables.epochs),
        "runtime_s": tables.runtime_s,
        "startup_s": startup_s,
        "metric": metric.name,
        "mode": metric.mode,
        "best_trial_id": None if best is None else best["trial_id"],
        "best_config": None if best is None else json.loads(best["config"]),
        "best_value": None if best is None else float(best["best_value"]),
        "test_value": test_value,
        "utilisation": utilisation(booked),
        "ledger": booked,
        "hardware": hardware,
        "warnings": list(warnings),
    }
