"""Runs that take turns, so that whatever else a machine does meets all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def alternate(subjects: Mapping[str, Callable[[], Result]], rounds: int) -> list[dict[str, Result]]:
    """Run every subject once a round; every second round runs them backwards.

    Returns
    -------
    list of dict
        Each round's results by the subjects' names.
    """
    results = []
    for number in range(rounds):
        names = list(subjects) if number % 2 == 0 else list(reversed(subjects))
        results.append({name: subjects[name]() for name in names})
    return results


def paired_ratios(
    rounds: Sequence[Mapping[str, Result]],
    over: str,
    under: str,
    value: Callable[[Result], float],
) -> list[float]:
    """Return, for each round, one subject's value divided by another's."""
    return [value(results[over]) / value(results[under]) for results in rounds]
