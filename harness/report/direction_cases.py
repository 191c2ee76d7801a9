"""The cases of the paper's directions that the runs of a report allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from harness.report.collection import Collection
from harness.report.comparisons import Row, pair_levels
from harness.report.quality import QualityScale, problems_of, quality_scale
from harness.report.sampling import shared_variance
from harness.report.speed_up import SpeedUp, training_speed_ups
from harness.statistics.questions import Question

SMALL_MODEL = 1_000_000
"""Parameters up to which a model is small; the paper's on CIFAR-10 have at most 0.71 million."""

Gains = Mapping[str, float]
"""Block to what its search gains: a ratio."""


def bohb_and_asha(
    collection: Collection, speed_ups: Sequence[SpeedUp]
) -> dict[str, tuple[Gains, Gains]]:
    """Return the gains of BOHB and ASHA on small models, by scope."""
    small = _small_models(collection)
    return {
        f"{bohb.problem}; {bohb.backend}; {bohb.precision}": (
            bohb.ratio.by_block,
            asha.ratio.by_block,
        )
        for bohb in speed_ups
        for asha in speed_ups
        if bohb.algo == "bohb" and asha.algo == "asha"
        if _setting(bohb) == _setting(asha) and bohb.problem in small
    }


def _small_models(collection: Collection) -> set[str]:
    sizes = collection.trials.groupby("run")["parameters"].median()
    by_run = collection.table.set_index("run")["problem"]
    largest = sizes.astype("float64").groupby(by_run).median()
    return set(largest[largest <= SMALL_MODEL].index)


def pbt_by_interval(speed_ups: Sequence[SpeedUp]) -> dict[str, tuple[Gains, Gains]]:
    """Return the gains of PBT at checkpoint intervals of 1 and 5, by scope."""
    pbt = [up for up in speed_ups if up.algo == "pbt"]
    return {
        f"{every.problem}; {every.backend}; {every.precision}": (
            every.ratio.by_block,
            fifth.ratio.by_block,
        )
        for every in pbt
        for fifth in pbt
        if every.checkpoint_interval == 1 and fifth.checkpoint_interval == 5
        if _setting(every) == _setting(fifth)
    }


def searches_and_trainings(
    collection: Collection, speed_ups: Sequence[SpeedUp]
) -> dict[str, tuple[Gains, Gains]]:
    """Return the gains of every search and of a single training, by scope."""
    training = training_speed_ups(collection)
    found = {}
    for up in speed_ups:
        limit = training.get((up.problem, up.backend, up.precision))
        if limit is not None:
            scope = f"{up.problem}; {up.search}; {up.precision}"
            found[scope] = (up.ratio.by_block, limit.by_block)
    return found


def changes_of_the_metric(collection: Collection) -> Iterator[Question]:
    """Yield how AMP changes the test metric of every search."""
    for problem, metric, mode in problems_of(collection):
        table = collection.table
        own = table[(table["problem"] == problem) & (table["metric"] == metric)]
        quality = quality_scale(mode, collection.margins, own["test_value"].to_list())

        def measure(one: Row, other: Row, quality: QualityScale = quality) -> float:
            return quality.compare(float(one["test_value"]), float(other["test_value"]))

        for search, of_search in own.groupby("search", sort=False):
            for precision in of_search["precision"].unique():
                if not str(precision).startswith("amp"):
                    continue
                levels = (str(precision), collection.baseline)
                paired = pair_levels(of_search, "precision", levels, ("budget",), measure)
                if paired is None:
                    continue
                ratio = quality.scale == "ratio"
                values = np.exp(paired.values) if ratio else paired.values
                yield Question(
                    family="direction 4",
                    question=f"direction 4: test {metric}",
                    scope=f"{problem}; {search}",
                    contrast=f"{levels[0]} {'÷' if ratio else '−'} {levels[1]}",
                    values=tuple(map(float, values)),
                    scale=quality.scale,
                    margin=quality.margin,
                    less_is_better=quality.less_is_better,
                    sequential=collection.sequential,
                    sampling=shared_variance(
                        metric,
                        "test_value",
                        paired,
                        partial(pair_levels, of_search, "precision", levels, ("budget",)),
                    ),
                )


def _setting(up: SpeedUp) -> tuple[str, str, str]:
    return up.problem, up.backend, up.precision
