"""Measures the rows of the table, prints them and writes them as JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
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
)
from harness.hardware import detect_hardware

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
    )
}


def measure_rows(rows: Sequence[str], conditions: Conditions) -> list[Measured]:
    """Measure rows one after the other; each says how long it took."""
    measured: list[Measured] = []
    for row in rows:
        began = time.perf_counter()
        measured += ROWS[row](conditions)
        print(f"{row}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return measured


def write_json(path: Path, measured: Sequence[Measured], quick: bool) -> None:
    """Write measured numbers with the hardware they belong to."""
    found = [
        {**asdict(number), "target": number.target and str(number.target), "met": number.met}
        for number in measured
    ]
    machine = detect_hardware().to_json()
    text = json.dumps({"hardware": machine, "quick": quick, "measured": found}, indent=2)
    path.write_text(text + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    options = _parse(arguments)
    scratch = Path(tempfile.mkdtemp(prefix="benchmarks-"))
    try:
        conditions = Conditions(
            data=options.data.resolve(),
            scratch=scratch,
            rounds=1 if options.quick else options.rounds,
            quick=options.quick,
        )
        measured = measure_rows(options.rows or list(ROWS), conditions)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if options.json is not None:
        write_json(options.json, measured, options.quick)
    print(markdown_table(measured))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=f"some of: {', '.join(ROWS)} [all]")
    parser.add_argument("--json", type=Path, help="also write the numbers into this file")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--rounds", type=int, default=2, help="repeats of what takes turns")
    parser.add_argument("--quick", action="store_true", help="smallest sizes: does a row work?")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.rows) - set(ROWS))
    if unknown:
        parser.error(f"no row '{unknown[0]}'; there are {', '.join(ROWS)}")
    return options
