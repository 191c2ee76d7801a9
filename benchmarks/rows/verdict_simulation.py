"""How often the report's intervals and verdicts are right, on studies of known truth."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from benchmarks.conditions import Conditions
from benchmarks.measured import Measured, Target, median_of
from benchmarks.verdict_simulation import (
    CASES,
    accuracy_coverage,
    bootstrap_coverage,
    coverage,
    judged,
    wrong_families,
    wrong_while_looking,
)

NAME = "verdict-simulation"
COVERS = Target(0.93, "at least")
WRONG = Target(0.057, "at most")
"""5 %, and twice the deviation of a share of 4,000 studies."""
RIGHT = Target(0.95, "at least")
SEEDS = (2, 3, 5, 10, 20)


def measure(conditions: Conditions) -> list[Measured]:
    """Simulate; the numbers are shares of studies."""
    return list(_measure(100 if conditions.quick else 1_000))


def _measure(studies: int) -> Iterator[Measured]:
    random = np.random.default_rng(17)
    for n in SEEDS:
        found = coverage(n, 20 * studies, random)
        before = bootstrap_coverage(n, studies, random)
        details = {"percentile bootstrap": before}
        yield _share(f"interval of {n} seeds holds the truth", found, COVERS, details)
    for n, share, alike in ((3, 0.5, False), (20, 0.5, False), (20, 0.95, False), (20, 0.5, True)):
        found, without = accuracy_coverage(n, share, alike, studies, random)
        hard = "the same" if alike else "others"
        yield _share(
            f"accuracies on 300 images, {n} seeds, {share:.0%} the image's, {hard} hard for both",
            found,
            COVERS,
            {"without the test set's error": without},
        )
    for n, deviation in ((3, 0.05), (5, 0.01), (10, 0.02)):
        # So many that the deviation of the share is a third of a percentage point.
        wrong, decided = wrong_families([0.0] * 6, deviation, n, 4 * studies, random)
        subject = f"six questions without effect, {n} seeds, deviation {deviation:.0%}: one wrong"
        yield _share(subject, wrong, WRONG, {"decided": decided})
    mixed = [0.0, 0.0, 0.0, math.log(1.02), math.log(1.02), 0.3]
    wrong, decided = wrong_families(mixed, 0.01, 6, studies, random)
    yield _share("three without, three with an effect, 6 seeds: one wrong", wrong, WRONG)
    for effect, n in ((0.05, 5), (0.1, 5), (0.2, 3), (0.3, 3)):
        effects = [math.log1p(effect)] * 6
        _wrong, decided = wrong_families(effects, 0.03, n, studies, random)
        yield _share(f"power: {effect:.0%} more, {n} seeds, deviation 3 %, of six", decided, None)
    looking = studies // 5
    wrong = wrong_while_looking(3, 0.03, 20, looking, random)
    fixed = wrong_while_looking(3, 0.03, 20, looking, random, sequential=False)
    details = {"intervals for one look": fixed}
    yield _share(
        "three questions, judged after each of 20 seeds: ever wrong", wrong, WRONG, details
    )
    for case in CASES:
        found = judged(case, max(100, studies // 4), random)
        right = found[case.right] + found["undecided"]
        yield _share(f"{case.name}; direction {case.direction}", right, RIGHT, found)


def _share(
    subject: str, value: float, target: Target | None, details: dict[str, float] | None = None
) -> Measured:
    return median_of(NAME, subject, [value], target=target, details=details)
