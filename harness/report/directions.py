"""The directions of the paper's results, judged on the runs of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.report.collection import Collection
from harness.report.direction_cases import (
    SMALL_MODEL,
    Gains,
    bohb_and_asha,
    changes_of_the_metric,
    pbt_by_interval,
    searches_and_trainings,
)
from harness.report.sentences import sentence
from harness.report.speed_up import search_speed_ups
from harness.statistics.levels import levels_of
from harness.statistics.questions import Claim, Question, Verdict, judge

Judgement = Literal["supported", "contradicted", "undecided", "no case"]
"""What the runs say to a direction."""

LEVEL = 0.05 / 4
"""At most this probability of a wrong judgement, so that all four directions hold together."""


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
        The verdicts on the comparisons that these runs allow.
    needs
        What it takes to judge it.
    """

    number: int
    claim: str
    cases: tuple[Verdict, ...]
    needs: str

    @property
    def verdict(self) -> Judgement:
        """Whether the direction holds in every case.

        It is supported where every case is by itself: none needs to be surer for there
        being others (Berger, Technometrics 24, 1982). It is contradicted where one is.
        """
        if not self.cases:
            return "no case"
        if any(case.outcome == "contradicted" for case in self.cases):
            return "contradicted"
        alone = (_supported_level(case) <= LEVEL for case in self.cases)
        return "supported" if all(alone) else "undecided"

    @property
    def weakest(self) -> Verdict:
        """The case that speaks most against it."""
        return max(self.cases, key=_weakness)

    @property
    def rows(self) -> tuple[Verdict, ...]:
        """Its cases, and before several of them the direction as a whole."""
        if len(self.cases) < 2:
            return self.cases
        weakest = self.weakest
        asked = replace(
            weakest.asked,
            scope=f"all {len(self.cases)} cases; the weakest: {weakest.asked.scope}",
        )
        outcome = self.verdict
        if outcome == "no case":
            return ()
        more = [case.more_seeds for case in self.cases if case.more_seeds is not None]
        whole = replace(
            weakest,
            asked=asked,
            outcome=outcome,
            more_seeds=max(more, default=None) if outcome == "undecided" else None,
        )
        return (whole, *self.cases)

    @property
    def why(self) -> str:
        """The claim and what the weakest case says, or what is missing."""
        if not self.cases:
            return f"{self.claim} There is no case: {self.needs}"
        return f"{self.claim} {sentence(self.rows[0])}"


def _supported_level(case: Verdict) -> float:
    levels = levels_of(case.interval, case.asked.regions, case.asked.sequential)
    return levels["supported"]


def _weakness(case: Verdict) -> tuple[bool, float]:
    return case.outcome == "contradicted", _supported_level(case)


def judge_directions(collection: Collection) -> tuple[Direction, ...]:
    """Judge the four directions, for automatic mixed precision against the baseline."""
    speed_ups = [up for up in search_speed_ups(collection) if up.precision.startswith("amp")]
    margin, sequential = collection.margins.time, collection.sequential
    return (
        direction_1(bohb_and_asha(collection, speed_ups), margin, sequential),
        direction_2(pbt_by_interval(speed_ups), margin, sequential),
        direction_3(searches_and_trainings(collection, speed_ups), margin, sequential),
        direction_4(list(changes_of_the_metric(collection))),
    )


def direction_1(
    cases: Mapping[str, tuple[Gains, Gains]], margin: float, sequential: bool = False
) -> Direction:
    """Judge that BOHB gains at least as much as ASHA; `cases` hold the gains of both."""
    questions = [
        _ratio_question(1, "what bohb gains", scope, "bohb ÷ asha", gains, margin, sequential)
        for scope, gains in cases.items()
    ]
    return Direction(
        1,
        "On small models BOHB gains at least as much as ASHA.",
        _judged([replace(q, claim=Claim(low=1 / (1 + margin))) for q in questions if q]),
        f"it takes bohb and asha in the baseline and amp, on common seeds, on models of at most "
        f"{SMALL_MODEL:,} parameters.",
    )


def direction_2(
    cases: Mapping[str, tuple[Gains, Gains]], margin: float, sequential: bool = False
) -> Direction:
    """Judge that PBT gains at an interval of 5 only; `cases` hold the gains at 1 and at 5."""
    claims = (Claim(high=1 + margin), Claim(low=1.0))
    questions = []
    for scope, gains in cases.items():
        for interval, gain, claim in zip((1, 5), gains, claims, strict=True):
            alone = (gain, dict.fromkeys(gain, 1.0))
            question = _ratio_question(
                2,
                "what pbt gains",
                f"{scope}; checkpoint interval {interval}",
                "speed-up",
                alone,
                margin,
                sequential,
            )
            questions += [] if question is None else [replace(question, claim=claim)]
    return Direction(
        2,
        "PBT gains nothing when it writes a checkpoint every epoch, and gains at every fifth.",
        _judged(questions),
        "it takes pbt in the baseline and amp at checkpoint intervals of 1 and 5.",
    )


def direction_3(
    cases: Mapping[str, tuple[Gains, Gains]], margin: float, sequential: bool = False
) -> Direction:
    """Judge that searches gain at most what trainings do; `cases` hold the gains of both."""
    questions = [
        _ratio_question(
            3, "what a search gains", scope, "search ÷ single training", gains, margin, sequential
        )
        for scope, gains in cases.items()
    ]
    return Direction(
        3,
        "A search gains at most what a single training gains.",
        _judged([replace(q, claim=Claim(high=1 + margin)) for q in questions if q]),
        "it takes rand in the baseline and amp, which trains the same configurations in both.",
    )


def direction_4(changes: Sequence[Question]) -> Direction:
    """Judge that the test metric changes by no more than the margin."""
    claims = [
        Claim(-q.margin, q.margin)
        if q.scale == "difference"
        else Claim(1 / (1 + q.margin), 1 + q.margin)
        for q in changes
    ]
    usable = [
        replace(question, claim=claim)
        for question, claim in zip(changes, claims, strict=True)
        if question.margin > 0
    ]
    return Direction(
        4,
        "The test metric changes little: by no more than the margin.",
        _judged(usable),
        "it takes test values in the baseline and amp on common seeds, and a margin above 0.",
    )


def _judged(questions: Sequence[Question]) -> tuple[Verdict, ...]:
    return tuple(judge(questions, LEVEL))


def _ratio_question(
    number: int,
    what: str,
    scope: str,
    contrast: str,
    gains: tuple[Gains, Gains],
    margin: float,
    sequential: bool,
) -> Question | None:
    one, other = gains
    common = [block for block in one if block in other]
    if not common:
        return None
    return Question(
        family=f"direction {number}",
        question=f"direction {number}: {what}",
        scope=scope,
        contrast=contrast,
        values=tuple(one[block] / other[block] for block in common),
        scale="ratio",
        margin=margin,
        less_is_better=False,
        sequential=sequential,
    )
