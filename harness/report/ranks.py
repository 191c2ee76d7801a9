"""Average ranks of methods, and whether chance alone could explain them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from harness.figures.critical_difference import draw_ranks
from harness.report.collection import Collection
from harness.report.contents import ReportFigure, ReportTable, Section
from harness.report.wording import counted, data_source, number_text

SIGNIFICANCE = 0.05
"""Below which probability chance is ruled out."""

_CRITERIA = {"test metric": "test_value", "runtime": "runtime_s"}
_BLOCK = ["problem", "metric", "mode", "seed"]
_FEWEST_METHODS = 3
_FEWEST_BLOCKS = 2


@dataclass(frozen=True)
class Ranking:
    """Methods ranked in blocks.

    Attributes
    ----------
    criterion
        What they are ranked by.
    ranks
        Average rank of each method, 1 for the best, ascending.
    blocks
        The number of blocks.
    probability
        Of ranks as different by chance (Friedman's test).
    critical_difference
        Nemenyi's, NaN where Friedman's test does not rule out chance.
    pairs
        Probability of every two methods (Nemenyi's test).
    """

    criterion: str
    ranks: pd.Series
    blocks: int
    probability: float
    critical_difference: float
    pairs: pd.DataFrame


def rank_methods(values: pd.DataFrame, criterion: str) -> Ranking | None:
    """Rank methods and test the ranks (Demšar, JMLR 7, 2006).

    Parameters
    ----------
    values
        A row a block, a column a method; the smaller the better. No NaN.
    criterion
        What the values are.

    Returns
    -------
    Ranking or None
        None with fewer than three methods or two blocks.
    """
    blocks, methods = values.shape
    if methods < _FEWEST_METHODS or blocks < _FEWEST_BLOCKS:
        return None
    average = values.rank(axis=1).mean().sort_values(kind="stable")
    # All methods alike in every block leave the statistic undefined: chance explains that.
    with np.errstate(invalid="ignore"):
        found = stats.friedmanchisquare(*(values[name] for name in values)).pvalue
    probability = float(found) if math.isfinite(found) else 1.0
    unit = math.sqrt(methods * (methods + 1) / (6 * blocks))
    quantile = stats.studentized_range.ppf(1 - SIGNIFICANCE, methods, np.inf) / math.sqrt(2)
    ordered = average.to_numpy("float64")
    distances = np.abs(ordered[:, None] - ordered[None, :]) / unit * math.sqrt(2)
    return Ranking(
        criterion=criterion,
        ranks=average,
        blocks=blocks,
        probability=probability,
        critical_difference=quantile * unit if probability < SIGNIFICANCE else math.nan,
        pairs=pd.DataFrame(
            stats.studentized_range.sf(distances, methods, np.inf),
            index=average.index,
            columns=average.index,
        ),
    )


def ranks_section(collection: Collection) -> Section:
    """Return the average ranks by test metric and by runtime."""
    rankings, left_out = [], set[str]()
    for criterion, column in _CRITERIA.items():
        values, without = _values(
            collection.timed if column == "runtime_s" else collection.table, column
        )
        left_out |= without
        ranking = rank_methods(values, criterion)
        rankings += [] if ranking is None else [ranking]
    missing = "" if rankings else "It takes three methods and two blocks that all of them have."
    if left_out:
        missing += f" Left out, as blocks are missing: {', '.join(sorted(left_out))}."
    return Section(
        name="ranks",
        title="Average ranks",
        text=(
            "A method is a backend, an algorithm and a precision; a block is a workload and a "
            "seed. Friedman's test says whether chance could explain the ranks; where it could "
            f"not (p < {SIGNIFICANCE}), the bar is Nemenyi's critical difference: two methods "
            "differ if the bar of the better ends before the dot of the other. Seeds of one "
            "workload are no independent workloads: with few workloads the test speaks for these.",
        ),
        figures=[_figure(collection, rankings)] if rankings else [],
        tables=[_ranks_table(rankings), *map(_pairs_table, rankings)] if rankings else [],
        missing=missing.strip(),
    )


def _values(table: pd.DataFrame, column: str) -> tuple[pd.DataFrame, set[str]]:
    """Return blocks × methods, the smaller the better, and the methods left out.

    Kept are the methods with so many blocks that the table of these methods and
    the blocks which all of them have holds the most values.
    """
    largest_is_best = (column != "runtime_s") & (table["mode"] == "max")
    values = table[column].where(~largest_is_best, -table[column])
    methods = method_names(table)
    wide = table.assign(value=values, method=methods).pivot_table(
        index=_BLOCK, columns="method", values="value", aggfunc="mean", sort=False
    )
    present = wide.notna().sum()
    choices = [wide.loc[:, present >= least].dropna() for least in sorted(set(present))]
    whole = [choice for choice in choices if choice.shape[1] >= _FEWEST_METHODS]
    best = max(whole, key=lambda choice: choice.size, default=wide.iloc[:0])
    return best, set(methods) - set(best.columns) if best.size else set()


def method_names(table: pd.DataFrame) -> pd.Series:
    """Name the method of every run alike in all workloads.

    A checkpoint interval is named for all runs of an algorithm that has several
    on any workload; `Collection.table` names it only where they differ.
    """
    several = table.groupby(["backend", "algo"])["checkpoint_interval"].transform("nunique") > 1
    interval = "checkpoint interval " + table["checkpoint_interval"].astype(str)
    unnamed = several & (table["variant"] == "")
    variants = table["variant"].where(~unnamed, interval)
    parts = variants.map(lambda text: f" · {text}" if text else "")
    return table["backend"] + " " + table["algo"] + parts + " " + table["precision"]


def _figure(collection: Collection, rankings: Sequence[Ranking]) -> ReportFigure:
    panels = [
        (f"by {one.criterion} (Friedman: p = {number_text(one.probability, 2)})", one.ranks, diff)
        for one in rankings
        for diff in [one.critical_difference]
    ]
    blocks = max(one.blocks for one in rankings)
    ranked = set().union(*(one.ranks.index for one in rankings))
    used = collection.table[method_names(collection.table).isin(ranked)]
    return ReportFigure(
        name="ranks",
        caption=f"Average ranks over {counted(blocks, 'block', 'blocks')} (workload and seed). "
        f"{data_source(collection.of(used))}",
        drawing=draw_ranks(panels),
    )


def _ranks_table(rankings: Sequence[Ranking]) -> ReportTable:
    data = pd.DataFrame(
        {
            "criterion": one.criterion,
            "method": method,
            "average rank": rank,
            "blocks": one.blocks,
            "Friedman p": one.probability,
            "critical difference": one.critical_difference,
        }
        for one in rankings
        for method, rank in one.ranks.items()
    )
    return ReportTable(
        name="ranks",
        caption="Average ranks (1 is best), Friedman's test, Nemenyi's critical difference.",
        data=data,
        shown=_shown(data),
        long=True,
    )


def _pairs_table(ranking: Ranking) -> ReportTable:
    data = ranking.pairs.rename_axis(None).reset_index(names="method")
    return ReportTable(
        name=f"ranks-pairs-{ranking.criterion.replace(' ', '-')}",
        caption=f"Nemenyi's test by {ranking.criterion}: the probability that chance alone makes "
        "two methods differ as much.",
        data=data,
        shown=_shown(data),
        long=True,
    )


def _shown(data: pd.DataFrame) -> pd.DataFrame:
    return data.astype(object).map(lambda v: number_text(v) if isinstance(v, float) else str(v))
