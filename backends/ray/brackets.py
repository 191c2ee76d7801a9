"""The budgets of Ray Tune's ``HyperBandForBOHB``, without Ray."""

from __future__ import annotations

import math


def bracket_budgets(max_epochs: int, reduction_factor: int) -> list[list[int]]:
    """Return the rungs of each bracket in epochs, the bracket with most rungs first.

    The arithmetic is that of ``ray.tune.schedulers.HyperBandForBOHB``: bracket s
    begins with ``int(max_epochs * reduction_factor ** -s)`` epochs, is left out if
    that is 0, and multiplies its budget s times. Because the first budget is
    rounded down, the last rung may lie below `max_epochs`.

    Parameters
    ----------
    max_epochs
        The length of a whole training.
    reduction_factor
        η: each rung is this many times as long as the one before.
    """
    largest = round(math.log(max_epochs) / math.log(reduction_factor))
    brackets = (_bracket(s, max_epochs, reduction_factor) for s in range(largest, -1, -1))
    return [budgets for budgets in brackets if budgets[0] > 0]


def smallest_budget(max_epochs: int, reduction_factor: int) -> int:
    """Return the epochs after which trials are judged first."""
    return bracket_budgets(max_epochs, reduction_factor)[0][0]


def _bracket(s: int, max_epochs: int, reduction_factor: int) -> list[int]:
    budgets = [int(max_epochs * float(reduction_factor) ** -s)]
    for _ in range(s):
        budgets.append(min(budgets[-1] * reduction_factor, max_epochs))
    return budgets
