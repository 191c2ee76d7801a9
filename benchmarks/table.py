"""Measures the rows of the table, prints them and writes them as JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.conditions import Conditions
from benchmarks.harness_run import REPOSITORY
from benchmarks.measured import Measured, markdown_table
from benchmarks.rows import (
    amp_search,
    baseline_ratio,
    cost_growth,
    epoch_report,
    start_up,
    training_efficiency,
    utilisation,
    verdict_simulation,
    virtual_time,
)
from harness.machine.hardware import detect_hardware

ROWS: Mapping[str, Callable[[Conditions], list[Measured]]] = {
    module.NAME: module.measure
    for module in (
        amp_search,
        baseline_ratio,
        epoch_report,
        utilisation,
        start_up,
        training_efficiency,
        cost_growth,
        virtual_time,
        verdict_simulation,
    )
}


@dataclass(frozen=True)
class Table:
    """What rows gave.

    Attributes
    ----------
    measured
        The numbers.
    failed
        Rows that could not be measured, and why.
    """

    measured: list[Measured]
    failed: dict[str, str]


def measure_rows(rows: Sequence[str], conditions: Conditions) -> Iterator[Table]:
    """Measure rows one after the other, and yield the table so far after each.

    A row that cannot be measured does not take the others with it.
    """
    table = Table([], {})
    for row in rows:
        began = time.perf_counter()
        try:
            table.measured.extend(ROWS[row](conditions))
        except Exception as error:
            traceback.print_exc()
            table.failed[row] = f"{type(error).__name__}: {error}"
        print(f"{row}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        yield table


def write_json(path: Path, table: Table, quick: bool) -> None:
    """Write measured numbers with the hardware they belong to."""
    found = [
        {**asdict(number), "target": number.target and str(number.target), "met": number.met}
        for number in table.measured
    ]
    machine = detect_hardware().to_json()
    content = {"hardware": machine, "quick": quick, "failed": table.failed, "measured": found}
    path.write_text(json.dumps(content, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write; the exit code is 1 if a row could not be measured."""
    options = _parse(arguments)
    scratch = Path(tempfile.mkdtemp(prefix="benchmarks-"))
    conditions = Conditions(
        data=options.data.resolve(),
        scratch=scratch,
        rounds=1 if options.quick else options.rounds,
        quick=options.quick,
        device=options.device,
    )
    table = Table([], {})
    try:
        for table in measure_rows(options.rows or list(ROWS), conditions):
            if options.json is not None:
                write_json(options.json, table, options.quick)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(markdown_table(table.measured))
    for row, reason in table.failed.items():
        print(f"{row} failed: {reason}", file=sys.stderr)
    sys.exit(1 if table.failed else 0)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=f"some of: {', '.join(ROWS)} [all]")
    parser.add_argument("--json", type=Path, help="also write the numbers into this file")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--rounds", type=int, default=2, help="repeats of what takes turns")
    parser.add_argument("--quick", action="store_true", help="smallest sizes: does a row work?")
    parser.add_argument(
        "--device", default="cpu", choices=("cpu", "cuda"), help="what amp-search trains on [cpu]"
    )
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.rows) - set(ROWS))
    if unknown:
        parser.error(f"no row '{unknown[0]}'; there are {', '.join(ROWS)}")
    return options
