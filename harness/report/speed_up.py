"""How much faster reduced precision makes searches, and single trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from harness.report.collection import FULL_PRECISION, Collection
from harness.report.precision_pairs import paired_epochs

CONFIDENCE = 0.95
"""Of the intervals."""

_RESAMPLES = 9999


@dataclass(frozen=True)
class Ratio:
    """A ratio of two means over the same seeds.

    Attributes
    ----------
    value
        Mean in full precision ÷ mean in reduced precision.
    low, high
        Bootstrap interval, NaN for one seed.
    seeds
        The seeds.
    """

    value: float
    low: float
    high: float
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class SpeedUp:
    """What a search gains by a reduced precision.

    Attributes
    ----------
    problem, workload, search, backend, algo, variant, precision, checkpoint_interval
        Which search; `precision` is the reduced one.
    ratio
        Of the runtimes.
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
    rows: pd.DataFrame


def ratio_of_means(full: pd.Series, reduced: pd.Series) -> Ratio | None:
    """Compare values over the seeds that both have.

    The interval resamples seeds in pairs (percentile bootstrap; Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993), so that what a seed
    does to both cancels.

    Parameters
    ----------
    full, reduced
        Values indexed by seed. Several of one seed are averaged first.
    """
    pairs = pd.concat(
        {"full": full.groupby(level=0).mean(), "reduced": reduced.groupby(level=0).mean()}, axis=1
    ).dropna()
    if pairs.empty:
        return None
    one, other = pairs["full"].to_numpy("float64"), pairs["reduced"].to_numpy("float64")
    low, high = _interval(one, other)
    return Ratio(float(one.mean() / other.mean()), low, high, tuple(map(int, pairs.index)))


def _interval(full: NDArray[np.float64], reduced: NDArray[np.float64]) -> tuple[float, float]:
    if len(full) < 2:
        return math.nan, math.nan

    def ratio(
        one: NDArray[np.float64], other: NDArray[np.float64], axis: int
    ) -> NDArray[np.float64]:
        result: NDArray[np.float64] = one.mean(axis=axis) / other.mean(axis=axis)
        return result

    found = stats.bootstrap(
        (full, reduced),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def search_speed_ups(collection: Collection) -> list[SpeedUp]:
    """Return the gain of every search that was run in full and in a reduced precision."""
    return list(_search_speed_ups(collection))


def _search_speed_ups(collection: Collection) -> Iterator[SpeedUp]:
    for _key, own in collection.table.groupby(["problem", "metric", "mode", "search"], sort=False):
        full = own[own["precision"] == FULL_PRECISION]
        for precision, reduced in own.groupby("precision", sort=False):
            if precision == FULL_PRECISION:
                continue
            ratio = ratio_of_means(
                full.set_index("seed")["runtime_s"], reduced.set_index("seed")["runtime_s"]
            )
            if ratio is None:
                continue
            both = pd.concat([full, reduced])
            first = reduced.iloc[0]
            yield SpeedUp(
                **{name: str(first[name]) for name in _NAMES},
                checkpoint_interval=int(first["checkpoint_interval"]),
                ratio=ratio,
                rows=both[both["seed"].isin(ratio.seeds)],
            )


_NAMES = ("problem", "workload", "search", "backend", "algo", "variant", "precision")


def training_speed_ups(collection: Collection) -> dict[tuple[str, str, str], Ratio]:
    """Return what a single training gains, by problem, backend and reduced precision.

    It is estimated from random search, which trains the same configurations in
    both precisions: the seconds that their common epochs train and validate in
    full precision ÷ those in reduced precision, with every seed's epochs summed.
    """
    pairs = paired_epochs(collection)
    found = {}
    for key, own in pairs.groupby(["problem", "backend", "precision"], sort=False):
        sums = own.groupby("seed")[["full_s", "reduced_s"]].sum()
        ratio = ratio_of_means(sums["full_s"], sums["reduced_s"])
        if ratio is not None:
            problem, backend, precision = map(str, key)
            found[problem, backend, precision] = ratio
    return found
