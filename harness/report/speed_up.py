"""How much faster reduced precision makes searches, and single trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.report.collection import Collection
from harness.report.comparisons import log_ratio, pair_levels
from harness.report.precision_pairs import paired_epochs
from harness.statistics.intervals import mean_interval


@dataclass(frozen=True)
class Ratio:
    """A ratio of costs over the blocks that both have.

    Attributes
    ----------
    value
        Geometric mean of the ratios of single blocks, full precision ÷ reduced.
    low, high
        Paired 95 % t interval of their logarithms, NaN for one block.
    by_block
        Block to its ratio.
    """

    value: float
    low: float
    high: float
    by_block: Mapping[str, float]

    @property
    def n(self) -> int:
        """How many blocks."""
        return len(self.by_block)


NO_RATIO = Ratio(math.nan, math.nan, math.nan, {})
"""Where there is none."""


@dataclass(frozen=True)
class SpeedUp:
    """What a search gains by a reduced precision.

    Attributes
    ----------
    problem, workload, search, backend, algo, variant, precision, checkpoint_interval
        Which search; `precision` is the reduced one.
    ratio
        Of the worker-seconds per epoch.
    runtime
        Of the runtimes, whatever was trained in them.
    epochs
        What the baseline and the reduced precision trained in all.
    unequal
        Whether two that are compared trained different numbers of epochs.
    rows
        The runs it is made of, as rows of the collection's table.
    """

    problem: str
    workload: str
    search: str
    backend: str
    algo: str
    variant: str
    precision: str
    checkpoint_interval: int
    ratio: Ratio
    runtime: Ratio
    epochs: tuple[int, int]
    unequal: bool
    rows: pd.DataFrame


def paired_ratio(full: pd.Series, reduced: pd.Series) -> Ratio | None:
    """Compare costs over the blocks that both have.

    Parameters
    ----------
    full, reduced
        Costs indexed by block; those that are not above 0 are left out. Several of one
        block are averaged first.
    """
    one, other = (side[side > 0].groupby(level=0).mean() for side in (full, reduced))
    pairs = pd.concat({"full": one, "reduced": other}, axis=1).dropna()
    return _ratio_of(pairs["full"] / pairs["reduced"])


def _ratio_of(ratios: pd.Series) -> Ratio | None:
    if ratios.empty:
        return None
    interval = mean_interval(np.log(ratios.to_numpy("float64")))
    return Ratio(
        math.exp(interval.mean),
        math.exp(interval.low),
        math.exp(interval.high),
        {str(block): float(value) for block, value in ratios.items()},
    )


def search_speed_ups(collection: Collection) -> list[SpeedUp]:
    """Return the gain of every search that was run in full and in a reduced precision."""
    return list(_search_speed_ups(collection))


def _search_speed_ups(collection: Collection) -> Iterator[SpeedUp]:
    for _key, own in collection.table.groupby(["problem", "metric", "mode", "search"], sort=False):
        for precision in own["precision"].unique():
            if precision == collection.baseline:
                continue
            levels = (collection.baseline, str(precision))
            per_epoch, runtime = (
                pair_levels(own, "precision", levels, ("budget",), log_ratio(column))
                for column in ("epoch_s", "runtime_s")
            )
            if per_epoch is None or runtime is None:
                continue
            first = own[own["precision"] == precision].iloc[0]
            ratio, of_runtimes = (
                _ratio_of(pd.Series(np.exp(paired.values), index=list(paired.blocks)))
                for paired in (per_epoch, runtime)
            )
            yield SpeedUp(
                **{name: str(first[name]) for name in _NAMES},
                checkpoint_interval=int(first["checkpoint_interval"]),
                ratio=ratio or NO_RATIO,
                runtime=of_runtimes or NO_RATIO,
                epochs=runtime.epochs,
                unequal=runtime.unequal,
                rows=own[own["run"].isin(runtime.runs)],
            )


_NAMES = ("problem", "workload", "search", "backend", "algo", "variant", "precision")


def training_speed_ups(collection: Collection) -> dict[tuple[str, str, str], Ratio]:
    """Return what a single training gains, by problem, backend and reduced precision.

    It is estimated from random search, which trains the same configurations in
    both precisions: the seconds that their common epochs train and validate in
    full precision ÷ those in reduced precision, with every block's epochs summed.
    """
    pairs = paired_epochs(collection)
    found = {}
    for key, own in pairs.groupby(["problem", "backend", "precision"], sort=False):
        sums = own.groupby("block")[["full_s", "reduced_s"]].sum()
        ratio = paired_ratio(sums["full_s"], sums["reduced_s"])
        if ratio is not None:
            problem, backend, precision = map(str, key)
            found[problem, backend, precision] = ratio
    return found
