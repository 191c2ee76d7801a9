"""Questions about two alternatives or about a claim, and the verdicts that seeds bear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.statistics.intervals import (
    CONFIDENCE,
    Interval,
    mean_interval,
    sequential_interval,
)
from harness.statistics.levels import levels_of
from harness.statistics.multiplicity import adjusted_levels
from harness.statistics.regions import Decision, Region, claim_regions, comparison_regions
from harness.statistics.seeds_needed import seeds_needed

Scale = Literal["ratio", "difference"]
"""Whether two numbers are divided or subtracted."""

Outcome = Literal["better", "worse", "equivalent", "undecided", "supported", "contradicted"]
"""What a verdict says."""


@dataclass(frozen=True)
class Claim:
    """What is claimed of a quantity, on its own scale.

    Attributes
    ----------
    low, high
        Between which it is to lie; an infinite end is none.
    """

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Question:
    """One question with what each seed says to it.

    Attributes
    ----------
    family
        Questions that are answered together.
    question, scope, contrast
        In words: what is asked, of which searches, and what is compared with what.
    values
        One number a seed: a ratio or a difference. All are finite, ratios positive.
    scale
        Which of the two.
    margin
        What counts as nothing: 0.02 is 2 % of a ratio, or 0.02 of a difference.
    less_is_better
        Whether the first of the contrast is better where the number is small.
    claim
        What is claimed; None where two alternatives are compared.
    sequential
        Whether the number of seeds followed from what they said.
    sampling
        The variance that the mean owes to a test set which all seeds share.
    """

    family: str
    question: str
    scope: str
    contrast: str
    values: tuple[float, ...]
    scale: Scale
    margin: float
    less_is_better: bool = True
    claim: Claim | None = None
    sequential: bool = False
    sampling: float = 0.0

    def __post_init__(self) -> None:
        numbers = np.asarray(self.values, dtype="float64")
        if not np.isfinite(numbers).all() or (self.scale == "ratio" and (numbers <= 0).any()):
            raise ValueError(f"a question needs finite numbers, ratios above 0: {self.values}")
        if not 0 <= self.margin < math.inf:
            raise ValueError(f"a margin is a number from 0 on, not {self.margin}")

    @property
    def additive(self) -> NDArray[Any]:
        """The values on the scale on which they are averaged: ratios by their logarithms."""
        numbers = np.asarray(self.values, dtype="float64")
        return np.log(numbers) if self.scale == "ratio" else numbers

    @property
    def regions(self) -> tuple[Region, ...]:
        """What would decide it, on that scale."""
        if self.claim is None:
            ratio = self.scale == "ratio"
            return comparison_regions(math.log1p(self.margin) if ratio else self.margin)
        return claim_regions(self._to_scale(self.claim.low), self._to_scale(self.claim.high))

    def own_scale(self, value: float) -> float:
        """Return a number of the additive scale as a ratio or a difference."""
        return math.exp(value) if self.scale == "ratio" else value

    def _to_scale(self, bound: float) -> float:
        if self.scale == "difference" or bound == math.inf:
            return bound
        return math.log(bound) if bound > 0 else -math.inf


@dataclass(frozen=True)
class Verdict:
    """The answer to a question.

    Attributes
    ----------
    asked
        The question.
    estimate, low, high
        The ratio or difference with its 95 % interval; NaN where there is none.
    level
        The level from which the family as a whole decides it, 1 if never.
    outcome
        What the seeds show.
    more_seeds
        How many more would decide it with a power of 80 %; None where it is decided or
        where nothing is known of the spread.
    interval
        The estimate on the additive scale.
    """

    asked: Question
    estimate: float
    low: float
    high: float
    level: float
    outcome: Outcome
    more_seeds: int | None
    interval: Interval


def judge(
    questions: Sequence[Question], level: float = 1 - CONFIDENCE, plan: bool = True
) -> list[Verdict]:
    """Answer questions, those of a family together.

    The probability that a family holds a wrong verdict is at most `level` if the
    numbers, or the logarithms of the ratios, are normal.

    Parameters
    ----------
    questions
        The questions.
    level
        Of the family.
    plan
        Whether to reckon how many more seeds an open question needs.

    Returns
    -------
    list of Verdict
        In the order of the questions.
    """
    answers: dict[int, Verdict] = {}
    for family in dict.fromkeys(question.family for question in questions):
        places = [i for i, question in enumerate(questions) if question.family == family]
        own = _judge_family([questions[i] for i in places], level, plan)
        answers |= zip(places, own, strict=True)
    return [answers[place] for place in range(len(questions))]


def _judge_family(family: Sequence[Question], level: float, plan: bool) -> list[Verdict]:
    intervals = [interval_of(question) for question in family]
    shown = [
        levels_of(interval, question.regions, question.sequential)
        for question, interval in zip(family, intervals, strict=True)
    ]
    # A question that no seed can answer yet does not make the others harder.
    known = [place for place, interval in enumerate(intervals) if interval.known]
    adjusted: list[dict[Decision, float]] = [dict.fromkeys(levels, 1.0) for levels in shown]
    for place, levels in zip(known, adjusted_levels([shown[i] for i in known]), strict=True):
        adjusted[place] = levels
    decided = [_decision(levels, level) for levels in adjusted]
    open_questions = sum(decision is None for decision in decided)
    level_left = level / max(1, open_questions) if plan else None
    return [
        _verdict(question, interval, levels, decision, level_left)
        for question, interval, levels, decision in zip(
            family, intervals, adjusted, decided, strict=True
        )
    ]


def interval_of(question: Question, level: float = 1 - CONFIDENCE) -> Interval:
    """Return the mean of a question's values with its interval, on the additive scale."""
    interval = sequential_interval if question.sequential else mean_interval
    return interval(question.additive, level, question.sampling)


def _decision(levels: dict[Decision, float], level: float) -> Decision | None:
    for decision, own in levels.items():
        if own <= level:
            return decision
    return None


def _verdict(
    question: Question,
    interval: Interval,
    levels: dict[Decision, float],
    decision: Decision | None,
    level_left: float | None,
) -> Verdict:
    more = None
    if decision is None and level_left is not None:
        needed = seeds_needed(interval, question.regions, level_left)
        more = None if needed is None else max(1, needed - interval.n)
    return Verdict(
        asked=question,
        estimate=_finite(question, interval.mean),
        low=_finite(question, interval.low),
        high=_finite(question, interval.high),
        level=min(levels.values(), default=1.0) if decision is None else levels[decision],
        outcome=_outcome(question, decision),
        more_seeds=more,
        interval=interval,
    )


def _finite(question: Question, value: float) -> float:
    return question.own_scale(value) if math.isfinite(value) else math.nan


def _outcome(question: Question, decision: Decision | None) -> Outcome:
    if decision is None:
        return "undecided"
    if decision == "above" or decision == "below":
        return "better" if (decision == "below") == question.less_is_better else "worse"
    return decision
