"""The directions of the paper's results, checked on the runs of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from harness.report.collection import FULL_PRECISION, Collection
from harness.report.speed_up import Ratio, SpeedUp, search_speed_ups, training_speed_ups
from harness.report.wording import number_text, ratio_text, spread

Verdict = Literal["holds", "does not hold", "cannot be judged"]
"""What a check finds."""

SMALL_MODEL = 1_000_000
"""Parameters up to which a model is small; the paper's on CIFAR-10 have at most 0.71 million."""

SMALL_CHANGE = 0.02
"""Fraction of the metric up to which a change is small, where seeds do not vary more."""

_CASES_LISTED = 4


@dataclass(frozen=True)
class Case:
    """One comparison that a direction rests on.

    Attributes
    ----------
    where
        Workload and search.
    numbers
        The numbers that are compared.
    holds
        Whether they are as in the paper.
    """

    where: str
    numbers: str
    holds: bool


@dataclass(frozen=True)
class Direction:
    """One direction of the paper.

    Attributes
    ----------
    number
        As in the list of the report.
    claim
        What the paper finds.
    cases
        The comparisons that these runs allow.
    needs
        What it takes to judge it.
    """

    number: int
    claim: str
    cases: tuple[Case, ...]
    needs: str

    @property
    def verdict(self) -> Verdict:
        """Holds in every case, or not, or there is no case."""
        if not self.cases:
            return "cannot be judged"
        return "holds" if all(case.holds for case in self.cases) else "does not hold"

    @property
    def why(self) -> str:
        """The claim and the most telling numbers, or what is missing."""
        if not self.cases:
            return f"{self.claim} There is no case: {self.needs}"
        held = sum(case.holds for case in self.cases)
        telling = sorted(self.cases, key=lambda case: case.holds)[:_CASES_LISTED]
        listed = "; ".join(
            f"{case.where}: {case.numbers}{'' if case.holds else ' (not)'}" for case in telling
        )
        more = len(self.cases) - len(telling)
        return (
            f"{self.claim} In {held} of {len(self.cases)} cases. {listed}"
            f"{f'; and {more} more' if more else ''}."
        )


def judge_directions(collection: Collection) -> tuple[Direction, ...]:
    """Check the four directions, for automatic mixed precision against full precision."""
    speed_ups = [up for up in search_speed_ups(collection) if up.precision.startswith("amp")]
    training = training_speed_ups(collection)
    return (
        _bohb_gains_more(collection, speed_ups),
        _pbt_gains_by_interval(speed_ups),
        _training_bounds_searches(speed_ups, training),
        _metric_changes_little(collection),
    )


def _bohb_gains_more(collection: Collection, speed_ups: Sequence[SpeedUp]) -> Direction:
    small = _small_models(collection)
    cases = [
        Case(
            f"{bohb.problem}, {bohb.backend}, {bohb.precision}",
            f"bohb {_ratio(bohb.ratio)}, asha {_ratio(asha.ratio)}",
            bohb.ratio.value >= asha.ratio.value,
        )
        for bohb in speed_ups
        for asha in speed_ups
        if bohb.algo == "bohb" and asha.algo == "asha"
        if _setting(bohb) == _setting(asha) and bohb.problem in small
    ]
    return Direction(
        1,
        "On small models BOHB gains at least as much as ASHA.",
        tuple(cases),
        f"it takes bohb and asha in fp32 and amp on models of at most {SMALL_MODEL:,} parameters.",
    )


def _small_models(collection: Collection) -> set[str]:
    sizes = collection.trials.groupby("run")["parameters"].median()
    by_run = collection.table.set_index("run")["problem"]
    largest = sizes.astype("float64").groupby(by_run).median()
    return set(largest[largest <= SMALL_MODEL].index)


def _pbt_gains_by_interval(speed_ups: Sequence[SpeedUp]) -> Direction:
    pbt = [up for up in speed_ups if up.algo == "pbt"]
    cases = [
        Case(
            f"{every.problem}, {every.backend}, {every.precision}",
            f"interval 1 {_ratio(every.ratio)}, interval 5 {_ratio(fifth.ratio)}",
            every.ratio.value <= 1 < fifth.ratio.value,
        )
        for every in pbt
        for fifth in pbt
        if every.checkpoint_interval == 1 and fifth.checkpoint_interval == 5
        if _setting(every) == _setting(fifth)
    ]
    return Direction(
        2,
        "PBT gains nothing when it writes a checkpoint every epoch, and gains at every fifth.",
        tuple(cases),
        "it takes pbt in fp32 and amp at checkpoint intervals of 1 and 5.",
    )


def _training_bounds_searches(
    speed_ups: Sequence[SpeedUp], training: dict[tuple[str, str, str], Ratio]
) -> Direction:
    bounded = [(up, training.get((up.problem, up.backend, up.precision))) for up in speed_ups]
    cases = [
        Case(
            f"{up.problem}, {up.search}, {up.precision}",
            f"search {_ratio(up.ratio)}, single training {_ratio(limit)}",
            up.ratio.value <= limit.value,
        )
        for up, limit in bounded
        if limit is not None
    ]
    return Direction(
        3,
        "A search gains at most what a single training gains.",
        tuple(cases),
        "it takes rand in fp32 and amp, which trains the same configurations in both.",
    )


def _metric_changes_little(collection: Collection) -> Direction:
    cases = []
    for (problem, search), own in collection.table.groupby(["problem", "search"], sort=False):
        full = own[own["precision"] == FULL_PRECISION]
        for precision, reduced in own.groupby("precision", sort=False):
            if str(precision).startswith("amp") and not full.empty:
                case = _change(f"{problem}, {search}, {precision}", full, reduced)
                cases += [] if case is None else [case]
    return Direction(
        4,
        f"The test metric changes little: by at most {100 * SMALL_CHANGE:g} % of itself, or the "
        "deviation between seeds.",
        tuple(cases),
        "it takes test values in fp32 and amp.",
    )


def _change(where: str, full: pd.DataFrame, reduced: pd.DataFrame) -> Case | None:
    one, one_deviation = spread(full["test_value"].to_numpy())
    other, other_deviation = spread(reduced["test_value"].to_numpy())
    if not math.isfinite(one) or not math.isfinite(other):
        return None
    known = [d for d in (one_deviation, other_deviation) if math.isfinite(d)]
    allowed = max([SMALL_CHANGE * abs(one), *known])
    change = other - one
    numbers = f"{number_text(one, 4)} and {number_text(other, 4)}, a change of {change:+.2g}"
    return Case(where, f"{numbers} (small: {allowed:.2g})", abs(change) <= allowed)


def _setting(up: SpeedUp) -> tuple[str, str, str]:
    return up.problem, up.backend, up.precision


def _ratio(ratio: Ratio) -> str:
    return ratio_text(ratio.value, ratio.low, ratio.high)
