"""Configurations as numbers that a regressor can take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.space_values import choice_index, choices_of

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

ABSENT = -1.0
"""Where a condition leaves a hyperparameter out."""


class Features:
    """Turns configurations of a space into vectors.

    A number lies between 0 and 1 on its own scale; an ordinal by its place; a
    categorical has one entry for each of its choices.

    Parameters
    ----------
    space
        The space.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._hyperparameters = dict(space.items())

    def vector(self, config: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the vector of a configuration."""
        entries: list[float] = []
        for name, hyperparameter in self._hyperparameters.items():
            entries += _entries(hyperparameter, config.get(name))
        return np.array(entries)


def _entries(hyperparameter: Any, value: Any) -> list[float]:
    if hasattr(hyperparameter, "lower"):
        if value is None:
            return [ABSENT]
        low, high, at = float(hyperparameter.lower), float(hyperparameter.upper), float(value)
        if low == high:
            return [0.0]
        if getattr(hyperparameter, "log", False):
            low, high, at = np.log(low), np.log(high), np.log(at)
        return [float((at - low) / (high - low))]
    choices = choices_of(hyperparameter)
    place = None if value is None else choice_index(hyperparameter, value)
    if hasattr(hyperparameter, "sequence"):
        return [ABSENT if place is None else place / max(1, len(choices) - 1)]
    return [float(place == index) for index in range(len(choices))]
