"""The budgets of Ray Tune's ``HyperBandForBOHB``, without Ray."""

from __future__ import annotations

import itertools
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


def results_before_last(trials: int, max_epochs: int, reduction_factor: int) -> dict[int, int]:
    """Return how many results each budget has at most when the last trial is drawn.

    The trials before it fill one bracket after the other, largest first, and begin again
    after the last; bracket s takes ``ceil((s_max + 1) / (s + 1) * reduction_factor ** s)``
    trials, and of each rung a `reduction_factor`-th goes on once the bracket is full.

    Parameters
    ----------
    trials
        All trials of the search.
    max_epochs, reduction_factor
        As in `bracket_budgets`.
    """
    budgets = bracket_budgets(max_epochs, reduction_factor)
    largest = round(math.log(max_epochs) / math.log(reduction_factor))
    counts = dict.fromkeys(sorted({epoch for rungs in budgets for epoch in rungs}), 0)
    left = trials - 1
    for rungs in itertools.cycle(budgets):
        s = len(rungs) - 1
        size = math.ceil((largest + 1) / (s + 1) * reduction_factor**s)
        if left < size:
            counts[rungs[0]] += left
            return counts
        left -= size
        for epoch in rungs:
            counts[epoch] += size
            size = math.ceil(size / reduction_factor)
    raise AssertionError("there is at least one bracket")


def trials_for_results(results: int, max_epochs: int, reduction_factor: int) -> int:
    """Return with how many trials a budget has `results` when the last one is drawn."""
    return next(
        trials
        for trials in itertools.count(1)
        if max(results_before_last(trials, max_epochs, reduction_factor).values()) >= results
    )


def _bracket(s: int, max_epochs: int, reduction_factor: int) -> list[int]:
    budgets = [int(max_epochs * float(reduction_factor) ** -s)]
    for _ in range(s):
        budgets.append(min(budgets[-1] * reduction_factor, max_epochs))
    return budgets
