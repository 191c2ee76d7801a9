"""Prints what a run directory holds."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.load.run_records import load_run_records
from harness.records.costs import HOURS, HOURS_KINDS
from harness.records.directory import open_run_directory
from harness.records.slot_ledger import KINDS

WIDE = 130
"""Columns of a terminal from which the trials' configurations stand beside them."""

COSTS = (
    ("processor-hours", "processor_hours"),
    ("GPU-hours", "gpu_hours"),
    ("joules of processors", "joules"),
    ("joules of GPUs", "gpu_joules"),
)
"""What a run held from its launch to its result, with the summary's keys."""

JUDGED = frozenset({"rung", "bracket", "exploited"})
"""Reasons that come from comparing a trial's value with another."""

BAR_WIDTH = 40
"""Characters of a full bar."""


def print_run(path: Path, console: Console, trials: int = 10) -> None:
    """Print a run's summary, its best trials and its ledger.

    A run that has not ended is read from its event log as it stands.

    Raises
    ------
    RequestError
        If `path` is not a run directory.
    """
    summary, tables = load_run_records(open_run_directory(path))
    console.print(_headline(summary), highlight=False)
    console.print(_facts_table(summary, tables.trials))
    if trials and not tables.trials.empty:
        wide = console.width >= WIDE
        console.print(_trials_table(tables.trials, summary, trials, wide))
        if not wide:
            console.print(_configurations_table(tables.trials, summary, trials))
    console.print(_ledger_table(summary))
    hours = _hours_table(summary)
    if hours is not None:
        console.print(hours)


def _headline(summary: dict[str, Any]) -> str:
    return (
        f"[bold]{escape(summary['run_id'])}[/bold]  {summary['status']}: {summary['backend']} "
        f"{summary['algo']} on {escape(summary['workload'])} in {summary['precision']}, "
        f"seed {summary['seed']}, {summary['workers']} workers"
    )


def _replayed(replay: dict[str, Any]) -> str:
    return escape(f"values {replay['values']}, configurations {replay['configurations']}")


def _origins(trials: pd.DataFrame) -> str:
    """Return how many configurations come from where."""
    counts = trials["origin"].fillna("unknown").value_counts()
    return ", ".join(f"{count} {origin}" for origin, count in counts.items())


def _facts_table(summary: dict[str, Any], trials: pd.DataFrame) -> Table:
    table = Table(show_header=False, box=None)
    if summary.get("virtual"):
        table.add_row("virtual", f"a replay of recorded trainings ({_replayed(summary['replay'])})")
    table.add_row("runtime", f"{summary['runtime_s']:.1f} s")
    if summary["startup_s"] is not None:
        table.add_row("start-up", f"{summary['startup_s']:.1f} s")
        table.add_row("launch to result", f"{summary['startup_s'] + summary['runtime_s']:.1f} s")
    for name, key in COSTS:
        if summary.get(key) is not None:
            table.add_row(name, f"{summary[key]:.4g}")
    table.add_row("trials", f"{summary['trials']}, {summary['failed_trials']} failed")
    if trials["origin"].notna().any():
        table.add_row("configurations", _origins(trials))
    table.add_row("epochs", str(summary["epochs"]))
    if summary["epochs"]:
        epoch_s = summary["runtime_s"] * summary["workers"] / summary["epochs"]
        table.add_row("worker-seconds per epoch", f"{epoch_s:.3g}")
    if summary.get("arithmetic") == "emulated":
        table.add_row("arithmetic", "emulated: in float32, rounded; times are not those of AMP")
    if summary.get("engine_patches"):
        names = ", ".join(summary["engine_patches"])
        table.add_row(f"patches of {escape(summary['backend'])}", escape(names))
    table.add_row("utilisation", f"{summary['utilisation']:.1%}")
    if summary["best_trial_id"] is not None:
        table.add_row("best trial", summary["best_trial_id"])
        table.add_row(f"validation {summary['metric']}", f"{summary['best_value']:.4f}")
    if summary["test_value"] is not None:
        table.add_row(f"test {summary['metric']}", _tested(summary))
    if summary["best_config"] is not None:
        table.add_row("configuration", escape(_configuration(summary["best_config"])))
    if summary.get("first_error"):
        table.add_row("first error", escape(summary["first_error"]))
    for warning in summary["warnings"]:
        table.add_row("warning", escape(warning))
    return table


def _tested(summary: Mapping[str, Any]) -> str:
    """Return the test metric, and what the same weights give in FP32 where that is another."""
    text = f"{summary['test_value']:.4f}"
    if summary.get("test_samples") is not None:
        text += f" of {summary['test_samples']} samples"
    if summary["precision"] != "fp32" and summary.get("test_value_fp32") is not None:
        text += f"; evaluated in FP32: {summary['test_value_fp32']:.4f}"
    return text


def _trials_table(
    trials: pd.DataFrame, summary: dict[str, Any], count: int, configurations: bool
) -> Table:
    ranked = _ranked(trials, summary)
    shown = min(count, len(ranked))
    table = Table(title=f"trials, best {shown} of {len(ranked)}", title_justify="left")
    for column in ("trial", "parent", "origin", "status", "epochs", "best", "last"):
        table.add_column(column)
    if configurations:
        table.add_column("configuration")
    for row in ranked.head(count).to_dict(orient="records"):
        cells = [
            row["trial_id"],
            _parent(row),
            _proposed(row),
            _status(row, summary["mode"]),
            str(row["epochs"]),
            _number(row["best_value"]),
            _number(row["last_value"]),
        ]
        if configurations:
            cells.append(escape(_configuration(json.loads(row["config"]))))
        table.add_row(*cells)
    return table


def _configurations_table(trials: pd.DataFrame, summary: dict[str, Any], count: int) -> Table:
    """Return the same trials' hyperparameters, where a terminal has no room beside them."""
    table = Table(
        title="hyperparameters of these trials", title_justify="left", show_header=False, box=None
    )
    table.add_column(no_wrap=True)
    table.add_column()
    for row in _ranked(trials, summary).head(count).to_dict(orient="records"):
        table.add_row(row["trial_id"], escape(_configuration(json.loads(row["config"]))))
    return table


def _ranked(trials: pd.DataFrame, summary: dict[str, Any]) -> pd.DataFrame:
    return trials.sort_values("best_value", ascending=summary["mode"] == "min")


def _parent(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["parent_trial_id"]):
        return ""
    return f"{row['parent_trial_id']} epoch {row['parent_epoch']}"


def _proposed(row: Mapping[Hashable, Any]) -> str:
    """Return where a configuration comes from, and how many results its proposer knew."""
    if pd.isna(row["origin"]):
        return "–"
    if pd.isna(row["told"]) or row["told"] == 0:
        return str(row["origin"])
    return f"{row['origin']} of {row['told']}"


def _status(row: Mapping[Hashable, Any], mode: str) -> str:
    """Return how a trial ended, why, and by which values."""
    if pd.isna(row["reason"]):
        return str(row["status"])
    values = (row["judged_value"], row["judged_against"])
    if row["reason"] not in JUDGED or any(map(pd.isna, values)):
        return f"{row['status']} ({row['reason']})"
    worse = "<" if mode == "max" else ">"
    return f"{row['status']} ({row['reason']}: {values[0]:.4g} {worse} {values[1]:.4g})"


def _ledger_table(summary: dict[str, Any]) -> Table:
    total = sum(summary["ledger"].values()) or 1.0
    table = Table(title="worker-seconds", title_justify="left", show_header=False, box=None)
    for kind in KINDS:
        seconds = summary["ledger"][kind]
        bar = "█" * round(BAR_WIDTH * seconds / total)
        table.add_row(kind, f"{seconds:.1f}", f"{seconds / total:.1%}", bar)
    return table


def _hours_table(summary: dict[str, Any]) -> Table | None:
    """Return processor- and GPU-hours by kind; None where the records do not say."""
    booked = {name: summary.get(f"{key}_by_kind") for name, key in HOURS.items()}
    known = {name: hours for name, hours in booked.items() if hours}
    if not known:
        return None
    table = Table(title="hours held, launch to result", title_justify="left", box=None)
    for name in ("", *known):
        table.add_column(name, justify="right" if name else "left")
    for kind in HOURS_KINDS:
        values = [hours.get(kind, 0.0) for hours in known.values()]
        if any(values):
            table.add_row(kind, *(f"{value:.4g}" for value in values))
    return table


def _configuration(config: dict[str, Any]) -> str:
    return " ".join(f"{name}={_number(value)}" for name, value in config.items())


def _number(value: Any) -> str:
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:.4g}"
    return "–" if value is None or value is pd.NA else str(value)
