"""Several questions of one family: how sure each must be for all to be right together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.statistics.regions import Decision

Levels = Mapping[Decision, float]
"""Decision to the level from which an interval shows it."""


def adjusted_levels(questions: Sequence[Levels]) -> list[dict[Decision, float]]:
    """Adjust levels so that a family holds one wrong decision or more as rarely as one question.

    This is Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979) with
    Shaffer's use of logic (Journal of the American Statistical Association 81, 1986): a
    truth cannot belie two decisions of one question at once, for nothing is both zero and
    beyond the margin. So no more hypotheses can be true than there are questions of which
    some decision is not shown yet. Where questions have one decision each this is Holm's.

    Parameters
    ----------
    questions
        For each question, the decisions that it knows with their levels.

    Returns
    -------
    list of dict
        The same with adjusted levels, at most 1.
    """
    ordered = sorted(
        (level, question, decision)
        for question, levels in enumerate(questions)
        for decision, level in levels.items()
    )
    left = [len(levels) for levels in questions]
    adjusted: list[dict[Decision, float]] = [{} for _levels in questions]
    largest = 0.0
    for level, question, decision in ordered:
        undecided = sum(count > 0 for count in left)
        largest = max(largest, min(1.0, undecided * level))
        adjusted[question][decision] = largest
        left[question] -= 1
    return adjusted
