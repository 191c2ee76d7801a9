"""The runs of a study as a Markdown table: one row an algorithm, both precisions side by side.

    harness bench configs/studies/cells.yaml --out cells
    python -m benchmarks.study_table cells

Runs that are not whole are named on stderr and left out; a cell that was not run is a
dash. A study of one workload and one seed makes a table that can be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.load.discovery import discover
from harness.load.recorded_run import RecordedRun

Summary = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    title
        Its heading.
    text
        What it says of a run's summary.
    """

    title: str
    text: Callable[[Summary], str]


COLUMNS = (
    Column("trials", lambda summary: str(summary["trials"])),
    Column("epochs", lambda summary: str(summary["epochs"])),
    Column("runtime s", lambda summary: f"{summary['runtime_s']:.1f}"),
    Column("best value", lambda summary: f"{summary['best_value']:.3f}"),
    Column("utilisation", lambda summary: f"{summary['utilisation']:.2f}"),
)


def table_lines(runs: Sequence[RecordedRun], precisions: Sequence[str]) -> list[str]:
    """Return the table's lines; a cell holds its values in the order of `precisions`."""
    cells: dict[tuple[str, str], dict[str, Summary]] = {}
    for run in runs:
        summary = run.summary
        cells.setdefault((summary["backend"], summary["algo"]), {})[summary["precision"]] = summary
    lines = [
        "| engine | algorithm | " + " | ".join(column.title for column in COLUMNS) + " |",
        "|---" * (2 + len(COLUMNS)) + "|",
    ]
    for (backend, algo), by_precision in cells.items():
        texts = [_pair(column, by_precision, precisions) for column in COLUMNS]
        lines.append(f"| {backend} | `{algo}` | {' | '.join(texts)} |")
    return lines


def caption(runs: Sequence[RecordedRun], precisions: Sequence[str]) -> str:
    """Return what all runs have in common: order of values, search and machine."""
    first = runs[0]
    hardware, config = first.summary["hardware"], first.config
    machines = {str(run.summary["hardware"]) for run in runs}
    machine = f"{hardware['cpu']}, {hardware['cores']} cores"
    failed = sum(run.summary["failed_trials"] for run in runs)
    return (
        f"{' / '.join(f'`{precision}`' for precision in precisions)}; workload "
        f"`{config['workload']}`, {config['trials']} trials asked for, {config['epochs']} epochs, "
        f"{config['workers']} workers, seed {config['seed']}; {len(runs)} runs, "
        f"{failed} failed trials; {machine if len(machines) == 1 else 'several machines'}."
    )


def _pair(column: Column, runs: Mapping[str, Summary], precisions: Sequence[str]) -> str:
    return " / ".join(column.text(runs[p]) if p in runs else "–" for p in precisions)


def _in_order_of_the_study(runs: Sequence[RecordedRun]) -> list[RecordedRun]:
    return sorted(runs, key=lambda run: float(run.environment.get("command_started", 0.0)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", type=Path, nargs="+", help="run directories, or folders of them")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "amp"])
    arguments = parser.parse_args()
    discovery = discover(arguments.paths)
    for skipped in discovery.skipped:
        print(f"left out {skipped.path}: {skipped.reason}", file=sys.stderr)
    runs = _in_order_of_the_study(discovery.runs)
    print("\n".join(table_lines(runs, arguments.precisions)))
    print()
    print(caption(runs, arguments.precisions))


if __name__ == "__main__":
    main()
