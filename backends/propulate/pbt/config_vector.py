"""Configurations as vectors of numbers, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    FloatHyperparameter,
    IntegerHyperparameter,
    NumericalHyperparameter,
    OrdinalHyperparameter,
)
from numpy.typing import NDArray

from harness.space import plain_value

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


class ConfigVector:
    """Turns configurations of a space into vectors and back; numbers stay bit for bit.

    Parameters
    ----------
    space
        A space without conditions.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._space = space
        self._names = [str(name) for name in space]

    @property
    def size(self) -> int:
        """The length of a vector."""
        return len(self._names)

    def encode(self, config: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return a configuration as a vector, shape (`size`,)."""
        return np.array([self._encode(name, config[name]) for name in self._names])

    def decode(self, vector: NDArray[np.float64]) -> dict[str, Any]:
        """Return a vector as a configuration."""
        return {
            name: self._decode(name, float(number))
            for name, number in zip(self._names, vector, strict=True)
        }

    def _encode(self, name: str, value: Any) -> float:
        if isinstance(self._space[name], NumericalHyperparameter):
            return float(value)
        return float(self._values(name).index(value))

    def _decode(self, name: str, number: float) -> Any:
        hyperparameter = self._space[name]
        if isinstance(hyperparameter, FloatHyperparameter):
            return number
        if isinstance(hyperparameter, IntegerHyperparameter):
            return int(number)
        return self._values(name)[int(number)]

    def _values(self, name: str) -> list[Any]:
        hyperparameter = self._space[name]
        if isinstance(hyperparameter, OrdinalHyperparameter):
            return [plain_value(value) for value in hyperparameter.sequence]
        if isinstance(hyperparameter, CategoricalHyperparameter):
            return [plain_value(value) for value in hyperparameter.choices]
        # A constant.
        return [plain_value(hyperparameter.default_value)]
