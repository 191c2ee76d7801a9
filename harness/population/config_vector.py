"""Configurations as vectors of integers, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace.hyperparameters import FloatHyperparameter, IntegerHyperparameter
from numpy.typing import NDArray

from harness.space_values import choice_index, choices_of

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


class ConfigVector:
    """Turns configurations of a space into vectors and back; numbers stay bit for bit.

    A vector holds one number for each hyperparameter of the space, and then for each
    whether the configuration has it: with conditions some are inactive.

    Parameters
    ----------
    space
        The space.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._space = space
        self._names = [str(name) for name in space]

    @property
    def size(self) -> int:
        """The length of a vector."""
        return 2 * len(self._names)

    def encode(self, config: Mapping[str, Any]) -> NDArray[np.int64]:
        """Return a configuration as a vector, shape (`size`,)."""
        numbers = [self._encode(n, config[n]) if n in config else 0 for n in self._names]
        return np.array([*numbers, *(name in config for name in self._names)], dtype=np.int64)

    def decode(self, vector: NDArray[np.int64]) -> dict[str, Any]:
        """Return a vector as a configuration."""
        numbers, active = np.split(vector, 2)
        return {
            name: self._decode(name, number)
            for name, number, is_active in zip(self._names, numbers, active, strict=True)
            if is_active
        }

    def _encode(self, name: str, value: Any) -> int:
        hyperparameter = self._space[name]
        if isinstance(hyperparameter, FloatHyperparameter):
            return int(np.float64(value).view(np.int64))
        if isinstance(hyperparameter, IntegerHyperparameter):
            return int(value)
        return choice_index(hyperparameter, value)

    def _decode(self, name: str, number: np.int64) -> Any:
        hyperparameter = self._space[name]
        if isinstance(hyperparameter, FloatHyperparameter):
            return float(number.view(np.float64))
        if isinstance(hyperparameter, IntegerHyperparameter):
            return int(number)
        return choices_of(hyperparameter)[number]
