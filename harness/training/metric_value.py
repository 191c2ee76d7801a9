"""The number that a training gives as its metric."""

from __future__ import annotations

from typing import SupportsFloat


def metric_value(given: object, source: str) -> float:
    """Return what a training gave as its metric.

    Parameters
    ----------
    given
        A number, or an array or a tensor of one.
    source
        The method that gave it.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if not isinstance(given, SupportsFloat):
        raise TypeError(f"{source} gave a {type(given).__name__}, not a number")
    return float(given)
