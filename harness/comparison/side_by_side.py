"""Prints two runs side by side, with what keeps them from comparing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.comparison.flags import check_comparable, describe_settings, find_flags
from harness.console.show import COSTS
from harness.load.recorded_run import RecordedRun, read_recorded_run
from harness.records.costs import HOURS, HOURS_KINDS
from harness.records.slot_ledger import KINDS

_FACTORS = ("backend", "algo", "workload", "precision", "arithmetic", "seed", "workers", "status")

_TIMES = (
    ("runtime / s", "runtime_s"),
    ("start-up / s", "startup_s"),
    ("launch to result / s", "launch_to_result_s"),
)


def print_comparison(first: Path, second: Path, console: Console) -> None:
    """Print the results of two runs side by side, then what does not compare.

    Raises
    ------
    RequestError
        If a directory is not a finished run, or the two are of different
        workloads or metrics.
    """
    runs = read_recorded_run(first), read_recorded_run(second)
    check_comparable(*runs)
    emulated = any(run.summary.get("arithmetic") == "emulated" for run in runs)
    console.print(_results_table(*runs, emulated))
    console.print(_ledger_table(*runs, emulated))
    for name, key in HOURS.items():
        one, other = (run.summary.get(f"{key}_by_kind") for run in runs)
        if one or other:
            console.print(_hours_table(name, one, other, emulated))
    flags = find_flags(*runs)
    if not flags:
        console.print("Nothing speaks against comparing these runs.")
        return
    table = Table(title="what does not compare", title_justify="left", show_lines=True)
    for column in ("aspect", "A", "B", "why it matters"):
        table.add_column(column, overflow="fold")
    for flag in flags:
        table.add_row(
            flag.aspect,
            escape(describe_settings(flag.first)),
            escape(describe_settings(flag.second)),
            flag.why,
        )
    console.print(table)


def _results_table(first: RecordedRun, second: RecordedRun, emulated: bool) -> Table:
    a, b = first.summary, second.summary
    table = Table(title=f"A: {first.path}\nB: {second.path}", title_justify="left")
    for column in ("", "A", "B", "A ÷ B"):
        table.add_column(column, justify="left" if not column else "right")
    for factor in _FACTORS:
        table.add_row(factor, *(escape(str(run.get(factor, "–"))) for run in (a, b)), "")
    for name, key in _TIMES:
        table.add_row(name, *_with_ratio(a.get(key), b.get(key), ".1f", emulated))
    for name, key in COSTS:
        if a.get(key) is not None or b.get(key) is not None:
            table.add_row(name, *_with_ratio(a.get(key), b.get(key), ".4g", emulated))
    for name, key in (("best validation", "best_value"), ("test", "test_value")):
        label = f"{name} {a['metric']} ({a['mode']})"
        table.add_row(label, _number(a[key], ".4g"), _number(b[key], ".4g"), "")
    if {a["precision"], b["precision"]} != {"fp32"}:
        in_fp32 = (_number(run.get("test_value_fp32"), ".4g") for run in (a, b))
        table.add_row(f"test {a['metric']}, evaluated in FP32", *in_fp32, "")
    for name, key in (("trials", "trials"), ("failed trials", "failed_trials")):
        table.add_row(name, _number(a.get(key), "d"), _number(b.get(key), "d"), "")
    table.add_row("epochs", *_with_ratio(a["epochs"], b["epochs"], "d"))
    one, other = _seconds_per_epoch(a), _seconds_per_epoch(b)
    table.add_row("worker-seconds per epoch", *_with_ratio(one, other, ".3g", emulated))
    if a["epochs"] != b["epochs"]:
        table.caption = "The searches trained different numbers of epochs: their runtimes and "
        table.caption += "hours are those of unequal work."
    table.add_row("utilisation", _number(a["utilisation"], ".1%"), _number(b["utilisation"], ".1%"))
    return table


def _seconds_per_epoch(summary: Mapping[str, Any]) -> float | None:
    epochs, runtime_s = summary["epochs"], summary["runtime_s"]
    return runtime_s * summary["workers"] / epochs if epochs and runtime_s > 0 else None


def _ledger_table(first: RecordedRun, second: RecordedRun, emulated: bool) -> Table:
    table = Table(title="worker-seconds", title_justify="left")
    for column in ("", "A", "", "B", "", "A ÷ B"):
        table.add_column(column, justify="left" if not column else "right")
    a, b = first.summary["ledger"], second.summary["ledger"]
    for kind in KINDS:
        one, other, ratio = _with_ratio(a[kind], b[kind], ".1f", emulated)
        table.add_row(kind, one, _share(a, kind), other, _share(b, kind), ratio)
    return table


def _hours_table(
    name: str,
    one: Mapping[str, float] | None,
    other: Mapping[str, float] | None,
    emulated: bool,
) -> Table:
    table = Table(title=f"{name}, launch to result", title_justify="left")
    for column in ("", "A", "B", "A ÷ B"):
        table.add_column(column, justify="left" if not column else "right")
    for kind in HOURS_KINDS:
        a, b = (None if booked is None else booked.get(kind, 0.0) for booked in (one, other))
        if a or b:
            table.add_row(kind, *_with_ratio(a, b, ".4g", emulated))
    return table


def _share(booked: Mapping[str, float], kind: str) -> str:
    total = sum(booked.values())
    return f"{booked[kind] / total:.1%}" if total > 0 else "–"


def _with_ratio(one: Any, other: Any, form: str, emulated: bool = False) -> tuple[str, str, str]:
    """Return two numbers and their ratio, which times of emulated runs do not have."""
    ratio = f"{one / other:.2f}" if one is not None and other else ""
    if emulated and ratio:
        ratio = "emulated"
    return _number(one, form), _number(other, form), ratio


def _number(value: Any, form: str) -> str:
    return "–" if value is None else format(value, form)
