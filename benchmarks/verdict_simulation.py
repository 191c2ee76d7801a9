"""Simulates studies of known truth, and counts what the report's verdicts say of them.

The four cases are those in which point estimates judged the paper's directions wrongly:
13 searches of three seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from harness.report.directions import (
    Direction,
    direction_1,
    direction_3,
    direction_4,
)
from harness.report.sampling import sampling_variance
from harness.statistics.intervals import mean_interval, t_half_width
from harness.statistics.questions import Question, judge

MARGIN = 0.02
SEARCHES = 13
SEEDS = 3
TEST_IMAGES = 300
TRUE_ACCURACY = 0.8
RUNTIME_DEVIATION = 0.06
"""Of the logarithm of a search's gain over seeds; the published studies have 0.03 to 0.12."""


@dataclass(frozen=True)
class Case:
    """A study of known truth.

    Attributes
    ----------
    name
        What is true.
    direction
        The paper's direction that is judged.
    right
        What may come out beside ``undecided``.
    """

    name: str
    direction: int
    right: str


CASES = (
    Case("A: searches gain what a training gains", 1, "supported"),
    Case("A: searches gain what a training gains", 3, "supported"),
    Case("B: AMP loses 15 % of the accuracy, seeds deviate by 15 %", 4, "contradicted"),
    Case("C: AMP loses 15 % of the accuracy, seeds deviate by 30 %", 4, "contradicted"),
    Case("D: AMP changes nothing, seeds deviate by 15 %", 4, "supported"),
)


def coverage(n: int, studies: int, random: np.random.Generator) -> float:
    """Return how often the paired interval of n seeds holds the truth."""
    values = random.normal(0, 1, (studies, n))
    reach = t_half_width(n, 0.05) * values.std(axis=1, ddof=1)
    return float((np.abs(values.mean(axis=1)) <= reach).mean())


def bootstrap_coverage(n: int, studies: int, random: np.random.Generator) -> float:
    """Return how often a percentile bootstrap interval of n seeds holds the truth."""
    values = random.normal(0, 1, (studies, n))
    means = [values[:, random.integers(0, n, n)].mean(axis=1) for _resample in range(999)]
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return float(((low <= 0) & (high >= 0)).mean())


def accuracy_coverage(
    n: int, share: float, alike: bool, studies: int, random: np.random.Generator
) -> tuple[float, float]:
    """Return how often the interval of a difference of accuracies holds the truth, which is 0.

    Networks of n seeds and two kinds are tested on the same images.

    Parameters
    ----------
    n
        Seeds.
    share
        How much of what decides whether a network is right on an image is the image's, for
        all networks of a kind; the rest is the network's own.
    alike
        Whether an image is as hard for both kinds.
    studies
        How many to simulate.
    random
        Draws them.

    Returns
    -------
    tuple
        The share of studies with the test set's error in the interval, and without.
    """
    held = np.zeros(2, dtype=int)
    for _study in range(studies):
        difficulty = random.normal(size=(2, 1, TEST_IMAGES))
        if alike:
            difficulty[1] = difficulty[0]
        own = random.normal(size=(2, n, TEST_IMAGES))
        ability = special.ndtri(random.normal(TRUE_ACCURACY, 0.01, (2, n, 1)))
        right = math.sqrt(share) * difficulty + math.sqrt(1 - share) * own < ability
        one, other = right.mean(axis=2)
        binomial = [sampling_variance(float(value), TEST_IMAGES) for value in (*one, *other)]
        for place, sampling in enumerate((sum(binomial) / n, 0.0)):
            interval = mean_interval(one - other, sampling=sampling)
            held[place] += not (interval.low > 0 or interval.high < 0)
    with_error, without = held / studies
    return float(with_error), float(without)


def wrong_families(
    effects: Sequence[float],
    deviation: float,
    n: int,
    studies: int,
    random: np.random.Generator,
) -> tuple[float, float]:
    """Return the share of families with a wrong verdict, and of questions decided.

    Parameters
    ----------
    effects
        The true logarithms of the ratios of a family's questions.
    deviation
        Of a seed's logarithm.
    n
        Seeds.
    studies
        How many families to judge.
    random
        Draws them.
    """
    wrong, decided = 0, 0
    for _study in range(studies):
        family = [_question(random.normal(effect, deviation, n)) for effect in effects]
        outcomes = [verdict.outcome for verdict in judge(family, plan=False)]
        wrong += any(map(is_wrong, outcomes, effects))
        decided += sum(outcome != "undecided" for outcome in outcomes)
    return wrong / studies, decided / (studies * len(effects))


def wrong_while_looking(
    questions: int,
    deviation: float,
    most_seeds: int,
    studies: int,
    random: np.random.Generator,
    sequential: bool = True,
) -> float:
    """Return the share of families without effects that ever hold a wrong verdict.

    All questions are judged after each seed from the second on, and the study ends when
    all are decided.
    """
    wrong = 0
    for _study in range(studies):
        values = random.normal(0, deviation, (questions, most_seeds))
        for n in range(2, most_seeds + 1):
            family = [_question(own[:n], sequential) for own in values]
            outcomes = [verdict.outcome for verdict in judge(family, plan=False)]
            if any(is_wrong(outcome, 0.0) for outcome in outcomes):
                wrong += 1
                break
            if "undecided" not in outcomes:
                break
    return wrong / studies


def is_wrong(outcome: str, effect: float) -> bool:
    """Whether a verdict on a cost is wrong if `effect` is the true logarithm of its ratio."""
    if outcome == "equivalent":
        return abs(effect) >= math.log1p(MARGIN)
    return (outcome == "better" and effect >= 0) or (outcome == "worse" and effect <= 0)


def judged(case: Case, studies: int, random: np.random.Generator) -> dict[str, float]:
    """Return the share of studies of a case with each verdict."""
    found = [simulate(case, random).verdict for _study in range(studies)]
    return {
        name: found.count(name) / studies for name in ("supported", "contradicted", "undecided")
    }


def simulate(case: Case, random: np.random.Generator) -> Direction:
    """Return the direction of one study of a case."""
    blocks = [str(seed) for seed in range(SEEDS)]

    def gains() -> dict[str, float]:
        drawn = np.exp(random.normal(math.log(1.4), RUNTIME_DEVIATION, SEEDS))
        return dict(zip(blocks, map(float, drawn), strict=True))

    if case.direction == 1:
        workloads = {f"workload {number}": (gains(), gains()) for number in range(3)}
        return direction_1(workloads, MARGIN)
    if case.direction == 3:
        training = gains()
        searches = {f"search {number}": (gains(), training) for number in range(SEARCHES)}
        return direction_3(searches, MARGIN)
    loss, deviation = {"B": (0.15, 0.15), "C": (0.15, 0.3), "D": (0.0, 0.15)}[case.name[0]]
    changes = []
    for number in range(SEARCHES):
        full, reduced = random.normal([[0.6], [0.6 * (1 - loss)]], 0.6 * deviation, (2, SEEDS))
        changes.append(_change(f"search {number}", reduced - full))
    return direction_4(changes)


def _change(scope: str, values: np.ndarray) -> Question:
    return Question(
        family="direction 4",
        question="direction 4: test accuracy",
        scope=scope,
        contrast="amp − fp32",
        values=tuple(map(float, values)),
        scale="difference",
        margin=0.01,
        less_is_better=False,
    )


def _question(logarithms: np.ndarray, sequential: bool = False) -> Question:
    return Question(
        family="simulated",
        question="simulated: cost",
        scope="",
        contrast="a ÷ b",
        values=tuple(map(float, np.exp(logarithms))),
        scale="ratio",
        margin=MARGIN,
        sequential=sequential,
    )
