"""The questions that the runs of a report can answer: engines, algorithms, precisions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from harness.report.collection import Collection
from harness.report.comparisons import Measure, Paired, Row, log_ratio, pair_levels
from harness.report.incumbents import Axis, Incumbents
from harness.report.quality import QualityScale, problems_of, quality_scale
from harness.report.sampling import shared_variance
from harness.report.wording import counted
from harness.statistics.questions import Question

_COSTS = {
    "worker-seconds per epoch": "epoch_s",
    "launch to result": "launch_s",
    "processor-hours": "processor_hours",
    "GPU-hours": "gpu_hours",
}
_OF_EPOCHS = {"worker-seconds per epoch"}
_EQUAL_COSTS: dict[str, Axis] = {
    "validation at equal epochs": "count",
    "validation at equal worker-seconds": "end_s",
}


@dataclass(frozen=True)
class Factor:
    """One factor of a comparison.

    Attributes
    ----------
    name
        What questions about it begin with.
    column
        Of the collection's table.
    alike
        The columns in which compared runs are alike.
    """

    name: str
    column: str
    alike: tuple[str, ...]


FRAMEWORK = Factor("framework", "backend", ("algo", "variant", "budget", "precision"))
ALGORITHM = Factor("algorithm", "algo", ("backend", "precision"))
PRECISION = Factor("precision", "precision", ("backend", "algo", "variant", "budget"))
INTERVAL = Factor("checkpoint interval", "interval", ("backend", "algo", "budget", "precision"))


def questions_of(collection: Collection, incumbents: Incumbents) -> list[Question]:
    """Return the questions about engines, algorithms, precisions and checkpoint intervals."""
    return [
        question
        for problem, metric, mode in problems_of(collection)
        for question in _of_problem(collection, incumbents, problem, metric, mode)
    ]


def _of_problem(
    collection: Collection, incumbents: Incumbents, problem: str, metric: str, mode: str
) -> Iterator[Question]:
    table = collection.table
    own = table[(table["problem"] == problem) & (table["metric"] == metric)]
    own = own.assign(interval="interval " + own["checkpoint_interval"].astype(str))
    asker = _Asker(collection, own, problem)
    quality = quality_scale(mode, collection.margins, own["test_value"].to_list())
    for levels in _pairs(own, "backend"):
        yield from asker.costs(FRAMEWORK, levels)
        yield from asker.results(FRAMEWORK, levels, f"test {metric}", quality)
    for levels in _pairs(own, "algo"):
        yield from asker.at_equal_cost(levels, metric, quality, incumbents)
    reduced = [name for name in own["precision"].unique() if name != collection.baseline]
    for precision in reduced if collection.baseline in set(own["precision"]) else []:
        levels = (str(precision), collection.baseline)
        for _algo, of_algo in own.groupby("algo", sort=False):
            search = _Asker(collection, of_algo, problem)
            yield from search.costs(PRECISION, levels, names=("worker-seconds per epoch",))
            yield from search.results(PRECISION, levels, f"test {metric}", quality, in_fp32=True)
    for _algo, of_algo in own.groupby("algo", sort=False):
        for levels in _pairs(of_algo, "interval"):
            search = _Asker(collection, of_algo, problem)
            yield from search.costs(INTERVAL, levels, names=("worker-seconds per epoch",))


def _pairs(own: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    yield from itertools.combinations([str(level) for level in own[column].unique()], 2)


class _Asker:
    """Makes the questions of some rows of one problem."""

    def __init__(self, collection: Collection, own: pd.DataFrame, problem: str) -> None:
        self._collection = collection
        self._own = own
        self._problem = problem

    def costs(
        self, factor: Factor, levels: tuple[str, str], names: Sequence[str] = tuple(_COSTS)
    ) -> Iterator[Question]:
        for name in names:
            column = _COSTS[name]
            if (self._own[column] > 0).any():
                paired = self._pair(factor, levels, log_ratio(column))
                if paired is not None:
                    yield self._question(
                        factor,
                        levels,
                        name,
                        paired,
                        QualityScale("ratio", self._collection.margins.time, True),
                        told=name not in _OF_EPOCHS,
                    )

    def results(
        self,
        factor: Factor,
        levels: tuple[str, str],
        name: str,
        quality: QualityScale,
        in_fp32: bool = False,
    ) -> Iterator[Question]:
        """Ask for the test metric; `in_fp32` as it is there, if all runs were evaluated so."""
        compared = self._own[self._own[factor.column].isin(levels)]
        column = "test_value"
        if in_fp32 and compared["test_value_fp32"].notna().all():
            column, name = "test_value_fp32", f"{name} evaluated in FP32"

        def measure(one: Row, other: Row) -> float:
            return quality.compare(float(one[column]), float(other[column]))

        paired = self._pair(factor, levels, measure)
        if paired is not None:
            metric = str(self._own["metric"].iloc[0])
            sampling = shared_variance(
                metric, column, paired, lambda other: self._pair(factor, levels, other)
            )
            question = self._question(factor, levels, name, paired, quality)
            yield replace(question, sampling=sampling)

    def at_equal_cost(
        self,
        levels: tuple[str, str],
        metric: str,
        quality: QualityScale,
        incumbents: Incumbents,
    ) -> Iterator[Question]:
        for name, axis in _EQUAL_COSTS.items():
            words = name.replace("validation", f"validation {metric}")
            yield from self._at_equal_cost(levels, words, axis, quality, incumbents)

    def _at_equal_cost(
        self,
        levels: tuple[str, str],
        name: str,
        axis: Axis,
        quality: QualityScale,
        incumbents: Incumbents,
    ) -> Iterator[Question]:
        costs: dict[tuple[int, int], float] = {}

        def measure(one: Row, other: Row) -> float:
            if axis == "end_s" and not _alike_in_time(one, other):
                return math.nan
            pair = (int(one["run"]), int(other["run"]))
            found = incumbents.at_equal_cost(*pair, axis)
            if found is None:
                return math.nan
            costs[pair] = found.cost
            return quality.compare(found.one, found.other)

        own = self._own if axis == "count" else self._own[~self._own["emulated"]]
        paired = pair_levels(own, ALGORITHM.column, levels, ALGORITHM.alike, measure)
        if paired is not None:
            question = self._question(ALGORITHM, levels, name, paired, quality)
            spent = [cost for pair, cost in costs.items() if paired.runs.issuperset(pair)]
            yield replace(question, scope=f"{question.scope}; {_after(spent, axis)}")

    def _pair(self, factor: Factor, levels: tuple[str, str], measure: Measure) -> Paired | None:
        return pair_levels(self._own, factor.column, levels, factor.alike, measure)

    def _question(
        self,
        factor: Factor,
        levels: tuple[str, str],
        name: str,
        paired: Paired,
        quality: QualityScale,
        told: bool = False,
    ) -> Question:
        question = f"{factor.name}: {name}"
        sign = "÷" if quality.scale == "ratio" else "−"
        values: Any = np.exp(paired.values) if quality.scale == "ratio" else paired.values
        return Question(
            family=f"{question}, {self._problem}",
            question=question,
            scope=scope_text(self._problem, factor.alike, paired, told),
            contrast=f"{levels[0]} {sign} {levels[1]}",
            values=tuple(map(float, values)),
            scale=quality.scale,
            margin=quality.margin,
            less_is_better=quality.less_is_better,
            sequential=self._collection.sequential,
        )


def _after(costs: Sequence[float], axis: Axis) -> str:
    """Say at which costs two searches were compared."""
    ends = dict.fromkeys(f"{round(cost):,}" for cost in (min(costs), max(costs)))
    return f"both after {' to '.join(ends)} {'epochs' if axis == 'count' else 's'}"


def _alike_in_time(one: Row, other: Row) -> bool:
    return bool(one["workers"] == other["workers"])


def scope_text(problem: str, alike: Sequence[str], paired: Paired, told: bool = False) -> str:
    """Return what a question is about.

    Parameters
    ----------
    problem
        The workload with its conditions.
    alike
        The columns that `Paired.cells` are of; a budget is told elsewhere on the page.
    paired
        What is compared.
    told
        Whether it is said where the searches trained different numbers of epochs.
    """
    columns = dict(zip(alike, zip(*paired.cells, strict=True), strict=True))
    columns.pop("budget", None)
    named = (dict.fromkeys(value for value in values if value) for values in columns.values())
    text = "; ".join([problem, *(", ".join(values) for values in named if values)])
    if told and paired.unequal:
        first, second = paired.epochs
        text += f"; unequal work: {first:,} and {counted(second, 'epoch', 'epochs')}"
    return text
