"""Numbers, counts and sources of data in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.comparison.aspects import device
from harness.load.recorded_run import RecordedRun
from harness.load.virtual import is_virtual

NOTHING = "–"
"""What stands where there is no number."""

EMULATED = "emulated"
"""What stands for a time of runs that compute in float32 and round: it is not that of AMP."""

_MANY_SEEDS = 6
_ROUNDING = 1e-9


def counted(number: int, singular: str, plural: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {singular if number == 1 else plural}"


def number_text(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits; whole above them."""
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if places > digits + 2:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, places)}f}"


def mean_text(mean: float, deviation: float) -> str:
    """Return ``mean ± deviation``, the deviation to two digits and the mean to its last.

    Parameters
    ----------
    mean, deviation
        NaN where there is none.
    """
    if not math.isfinite(mean):
        return NOTHING
    if not math.isfinite(deviation):
        return number_text(mean, 4)
    if deviation <= _ROUNDING * abs(mean):
        return f"{number_text(mean, 4)} ± 0"
    places = 1 - math.floor(math.log10(deviation))
    if places > 6:
        return f"{mean:.3e} ± {deviation:.1e}"
    places = max(0, places)
    return f"{mean:,.{places}f} ± {deviation:,.{places}f}"


def pair_text(full: float, reduced: float, digits: int) -> str:
    """Return the numbers of two precisions in one cell."""
    if not math.isfinite(full) and not math.isfinite(reduced):
        return NOTHING
    return f"{number_text(full, digits)} / {number_text(reduced, digits)}"


def ratio_text(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """Return a ratio, with its interval if there is one."""
    if not math.isfinite(value):
        return NOTHING
    if not math.isfinite(low):
        return f"{value:.2f}"
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def time_text(own: pd.DataFrame, text: str) -> str:
    """Return what a cell says of a time of some runs of a collection's table.

    Parameters
    ----------
    own
        The rows of the runs.
    text
        The time in words, from the runs that are not emulated.
    """
    return EMULATED if len(own) and bool(own["emulated"].all()) else text


def seeds_text(seeds: Iterable[int]) -> str:
    """Return the seeds, many as a range."""
    ordered = sorted(set(seeds))
    whole = len(ordered) > _MANY_SEEDS and ordered[-1] - ordered[0] == len(ordered) - 1
    if whole:
        return f"seeds {ordered[0]} to {ordered[-1]}"
    listed = ", ".join(map(str, ordered))
    return f"seed {listed}" if len(ordered) == 1 else f"seeds {listed}"


def hardware_text(runs: Iterable[RecordedRun]) -> str:
    """Return the machines of some runs, each once."""
    return "; ".join(dict.fromkeys(_machine(run) for run in runs))


def _machine(run: RecordedRun) -> str:
    hardware = run.summary["hardware"]
    host = f"{hardware['cpu']}, {counted(hardware['cores'], 'core', 'cores')}"
    if is_virtual(run):
        host = f"virtual time, trainings recorded on {host}"
    if device(run) == "cpu":
        return host
    names = [gpu["name"] for gpu in hardware["gpus"]]
    gpus = ", ".join(f"{names.count(name)} × {name}" for name in dict.fromkeys(names))
    return f"{gpus} ({host})"


def data_source(runs: Sequence[RecordedRun]) -> str:
    """Return what a caption says of its runs: how many, their seeds, their machines.

    Parameters
    ----------
    runs
        At least one.
    """
    seeds = [int(run.summary["seed"]) for run in runs]
    return f"n = {counted(len(runs), 'run', 'runs')}, {seeds_text(seeds)}; {hardware_text(runs)}."


def file_stem(*parts: object) -> str:
    """Return names as one stem of a file name."""
    text = "-".join(map(str, parts)).lower()
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text)
    return "-".join(kept.split())


def spread(values: Sequence[float] | NDArray[Any]) -> tuple[float, float]:
    """Return the mean and the deviation (n − 1) of numbers, NaN where there is none.

    Values that are NaN are left out.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if known.size == 0:
        return math.nan, math.nan
    return float(known.mean()), float(known.std(ddof=1)) if known.size > 1 else math.nan
