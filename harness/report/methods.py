"""How algorithms do over all their runs: means that outliers do not rule, and chances."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.wording import NOTHING, number_text
from harness.statistics.aggregates import (
    FEWEST_RUNS,
    improvement_interval,
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
)

_Scores = dict[str, NDArray[Any]]


def methods_section(collection: Collection) -> Section:
    """Return each method's interquartile mean, and its chance to do better than another."""
    rows, chances = [], []
    for (metric, mode), own in collection.table.groupby(["metric", "mode"], sort=False):
        for precision, of_precision in own.groupby("precision", sort=False):
            scores = merge_copies(_scores(of_precision))
            names = {"metric": metric, "mode": mode, "precision": precision}
            rows += [names | row for row in _means(scores)]
            chances += [names | row for row in _chances(scores, str(mode))]
    tables = [_means_table(pd.DataFrame(rows))]
    if chances:
        tables.append(_chances_table(pd.DataFrame(chances)))
    return Section(
        name="methods",
        title="Methods over all their runs",
        text=(
            "A method is an engine with an algorithm, in one precision. Methods whose test values "
            "are the same to the last bit on every seed are one method, as random search on "
            "several engines is. The interquartile mean is that of the middle half of a method's "
            "test values on all its workloads of one metric; the probability of improvement is "
            "that of one run of the first having a better test value than one of the second, on a "
            "workload drawn at random (Agarwal et al., NeurIPS 2021). Whether a difference is "
            "more than chance, the verdicts say. Intervals are stratified bootstrap intervals, "
            f"from {FEWEST_RUNS} seeds a workload on; with fewer they would miss the truth too "
            "often.",
        ),
        tables=tables,
    )


def _scores(own: pd.DataFrame) -> dict[str, _Scores]:
    """Return the test values of each method by problem, in the order of the blocks."""
    known = own.dropna(subset=["test_value"]).sort_values(["problem", "block"])
    return {
        str(method): {
            str(problem): runs["test_value"].to_numpy("float64")
            for problem, runs in of_method.groupby("problem", sort=False)
        }
        for method, of_method in known.groupby("search", sort=False)
    }


def merge_copies(scores: Mapping[str, _Scores]) -> dict[str, _Scores]:
    """Return methods with those that are the same to the last bit under one name."""
    merged: dict[tuple[tuple[str, bytes], ...], list[str]] = {}
    for method, own in scores.items():
        key = tuple((problem, values.tobytes()) for problem, values in own.items())
        merged.setdefault(key, []).append(method)
    return {" = ".join(names): dict(scores[names[0]]) for names in merged.values()}


def _means(scores: Mapping[str, _Scores]) -> Iterator[dict[str, Any]]:
    for method, own in scores.items():
        values = list(own.values())
        interval = interquartile_interval(values, np.random.default_rng(0))
        yield {
            "method": method,
            "workloads": len(values),
            "runs": sum(map(len, values)),
            "interquartile_mean": interquartile_mean(values),
            **_ends(interval),
        }


def _chances(scores: Mapping[str, _Scores], mode: str) -> Iterator[dict[str, Any]]:
    for first, second in itertools.combinations(scores, 2):
        common = [problem for problem in scores[first] if problem in scores[second]]
        if not common:
            continue
        sign = 1.0 if mode == "max" else -1.0
        both = (
            [sign * scores[first][problem] for problem in common],
            [sign * scores[second][problem] for problem in common],
        )
        interval = improvement_interval(*both, np.random.default_rng(0))
        yield {
            "first": first,
            "second": second,
            "workloads": len(common),
            "probability": probability_of_improvement(*both),
            **_ends(interval),
        }


def _ends(interval: tuple[float, float] | None) -> dict[str, float]:
    low, high = interval or (float("nan"), float("nan"))
    return {"low": low, "high": high}


def _means_table(data: pd.DataFrame) -> ReportTable:
    return ReportTable(
        name="methods",
        caption="Interquartile mean of the test values of each method.",
        data=data,
        shown=_shown(data),
    )


def _chances_table(data: pd.DataFrame) -> ReportTable:
    return ReportTable(
        name="improvement",
        caption="The probability that a run of the first method does better than one of the "
        "second; one half is none.",
        data=data,
        shown=_shown(data),
        long=True,
    )


def _shown(data: pd.DataFrame) -> pd.DataFrame:
    if not len(data):
        return data.astype(str)
    shown = data.astype(object).map(lambda v: number_text(v) if isinstance(v, float) else str(v))
    known = [name for name in shown if not (shown[name] == NOTHING).all()]
    return shown[known].rename(columns=lambda name: str(name).replace("_", " "))
