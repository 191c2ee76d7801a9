"""Summaries of many runs on several tasks that few outliers do not rule.

After Agarwal, Schwarzer, Castro, Courville and Bellemare, Deep Reinforcement Learning at
the Edge of the Statistical Precipice (NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from harness.statistics.intervals import CONFIDENCE

FEWEST_RUNS = 10
"""Runs a task below which a stratified bootstrap interval misses the truth too often."""

_RESAMPLES = 2_000

Scores = Sequence[NDArray[Any]]
"""For each task, the scores of its runs."""


def interquartile_mean(scores: Scores) -> float:
    """Return the mean of the middle half of all scores."""
    return float(stats.trim_mean(np.concatenate(list(scores)), 0.25))


def probability_of_improvement(first: Scores, second: Scores) -> float:
    """Return how probably a run of the first scores above one of the second, on a random task.

    Equal scores count half. It is the mean over the tasks of Mann and Whitney's U ÷ the
    number of pairs.
    """
    if len(first) != len(second):
        raise ValueError("both need the same tasks")
    parts = [
        stats.mannwhitneyu(one, other).statistic / (len(one) * len(other))
        for one, other in zip(first, second, strict=True)
    ]
    return float(np.mean(parts))


def interquartile_interval(
    scores: Scores, random: np.random.Generator
) -> tuple[float, float] | None:
    """Return a percentile bootstrap interval that resamples the runs of each task.

    Returns
    -------
    tuple of float or None
        None with fewer than `FEWEST_RUNS` runs on a task.
    """
    if _too_few(scores):
        return None
    drawn = np.concatenate([_resampled(runs, random) for runs in scores], axis=1)
    drawn.sort(axis=1)
    cut = drawn.shape[1] // 4
    return _ends(drawn[:, cut : drawn.shape[1] - cut].mean(axis=1))


def improvement_interval(
    first: Scores, second: Scores, random: np.random.Generator
) -> tuple[float, float] | None:
    """Return the same of the probability of improvement."""
    if _too_few([*first, *second]):
        return None
    found = np.zeros(_RESAMPLES)
    for one, other in zip(first, second, strict=True):
        wins = (one[:, None] > other) + 0.5 * (one[:, None] == other)
        drawn, against = (_counts(len(runs), random) for runs in (one, other))
        found += np.einsum("ri,ij,rj->r", drawn, wins, against) / wins.size
    return _ends(found / len(first))


def _too_few(scores: Scores) -> bool:
    return min(len(runs) for runs in scores) < FEWEST_RUNS


def _resampled(runs: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    return random.choice(runs, (_RESAMPLES, len(runs)))


def _counts(n: int, random: np.random.Generator) -> NDArray[Any]:
    return random.multinomial(n, np.full(n, 1 / n), _RESAMPLES).astype("float64")


def _ends(found: NDArray[Any]) -> tuple[float, float]:
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
