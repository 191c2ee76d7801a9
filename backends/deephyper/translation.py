"""Translates a search space into the coordinates in which DeepHyper searches.

Each hyperparameter becomes one that every sampler, surrogate and optimizer of
DeepHyper 0.13 handles: floats lie on the unit interval, integers keep their range
and scale, ordinals and categoricals are positions. Without this, a log-scaled float
at its bound can leave the space by a rounding error, which ends the search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    FloatHyperparameter,
    Hyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from ConfigSpace.util import deactivate_inactive_hyperparameters
from numpy.typing import NDArray

from harness.space import plain_configuration, plain_value

if TYPE_CHECKING:
    import pandas as pd

Coordinates = dict[str, Any]
"""A point in the engine's coordinates: hyperparameter name to number."""


class EngineSpace:
    """A search space in the engine's coordinates.

    Parameters
    ----------
    space
        The space to translate. Conditions and forbidden clauses have no
        counterpart in the coordinates: `decode` drops what is inactive, and
        `sample` draws legal points only.

    Attributes
    ----------
    coordinates
        What the engine searches. Hyperparameters with a single value are left out.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._space = space
        self._fixed = {
            name: plain_value(hyperparameter.default_value)
            for name, hyperparameter in space.items()
            if has_single_value(hyperparameter)
        }
        self.coordinates = ConfigurationSpace()
        self.coordinates.add(
            [
                translate(hyperparameter)
                for name, hyperparameter in space.items()
                if name not in self._fixed
            ]
        )

    @property
    def is_flat(self) -> bool:
        """Whether every point of the coordinates is a legal configuration."""
        return not (self._space.conditions or self._space.forbidden_clauses)

    def encode(self, configuration: Mapping[str, Any]) -> Coordinates:
        """Return a configuration's coordinates; an inactive value lies at its lowest."""
        return {name: self._encode(name, configuration) for name in self.coordinates}

    def decode(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration at a point, as plain Python values inside the space."""
        values = {name: value_at(self._space[name], point[name]) for name in self.coordinates}
        configuration = {**self._fixed, **values}
        if self._space.conditions:
            active = deactivate_inactive_hyperparameters(configuration, self._space)
            return plain_configuration(dict(active))
        return {name: configuration[name] for name in self._space}

    def seed(self, seed: int) -> None:
        """Seed what `sample` draws."""
        self._space.seed(seed)

    def sample(self, number: int) -> pd.DataFrame:
        """Draw legal points from the space's own distribution, one a row."""
        # A request is checked with this module, and pandas takes a third of a second.
        import pandas as pd

        drawn = self._space.sample_configuration(number)
        drawn = drawn if isinstance(drawn, list) else [drawn]
        # An inactive hyperparameter is NaN in a vector.
        vectors = np.nan_to_num(np.array([configuration.get_array() for configuration in drawn]))
        return pd.DataFrame(
            {
                name: coordinates(self._space[name], vectors[:, self._space.index_of[name]])
                for name in self.coordinates
            }
        )

    def _encode(self, name: str, configuration: Mapping[str, Any]) -> float | int:
        hyperparameter = self._space[name]
        vector = hyperparameter.to_vector(configuration[name]) if name in configuration else 0.0
        coordinate: float | int = coordinates(hyperparameter, np.array([float(vector)]))[0].item()
        return coordinate


def has_single_value(hyperparameter: Hyperparameter[Any, Any]) -> bool:
    """Whether there is nothing to choose."""
    return isinstance(hyperparameter, Constant) or len(choices(hyperparameter)) == 1


def choices(hyperparameter: Hyperparameter[Any, Any]) -> tuple[Any, ...]:
    """Return the values of an ordinal or a categorical; none for a range."""
    if isinstance(hyperparameter, OrdinalHyperparameter):
        return tuple(hyperparameter.sequence)
    if isinstance(hyperparameter, CategoricalHyperparameter):
        return tuple(hyperparameter.choices)
    return ()


def translate(hyperparameter: Hyperparameter[Any, Any]) -> Hyperparameter[Any, Any]:
    """Return a hyperparameter's counterpart in the engine's coordinates.

    Raises
    ------
    TypeError
        If there is none.
    """
    name = hyperparameter.name
    if isinstance(hyperparameter, FloatHyperparameter):
        return UniformFloatHyperparameter(name, lower=0.0, upper=1.0)
    if isinstance(hyperparameter, IntegerHyperparameter):
        return UniformIntegerHyperparameter(
            name,
            lower=hyperparameter.lower,
            upper=hyperparameter.upper,
            log=getattr(hyperparameter, "log", False),
        )
    if isinstance(hyperparameter, OrdinalHyperparameter):
        return UniformIntegerHyperparameter(name, 0, len(hyperparameter.sequence) - 1)
    if isinstance(hyperparameter, CategoricalHyperparameter):
        return CategoricalHyperparameter(
            name,
            list(range(len(hyperparameter.choices))),
            weights=hyperparameter.weights,
        )
    raise TypeError(f"{type(hyperparameter).__name__} '{name}' has no counterpart in DeepHyper")


def coordinates(
    hyperparameter: Hyperparameter[Any, Any], vectors: NDArray[np.float64]
) -> NDArray[Any]:
    """Return the engine's coordinates for ConfigSpace's vectors of values."""
    if isinstance(hyperparameter, FloatHyperparameter):
        return np.clip(vectors, 0.0, 1.0)
    if isinstance(hyperparameter, IntegerHyperparameter):
        return np.asarray(hyperparameter.to_value(vectors), dtype=int)
    return vectors.astype(int)


def value_at(hyperparameter: Hyperparameter[Any, Any], point: float) -> Any:
    """Return the plain value at a coordinate, inside the hyperparameter's range."""
    if isinstance(hyperparameter, FloatHyperparameter):
        value = float(hyperparameter.to_value(float(point)))
        return min(max(value, float(hyperparameter.lower)), float(hyperparameter.upper))
    if isinstance(hyperparameter, IntegerHyperparameter):
        return int(point)
    return plain_value(choices(hyperparameter)[int(point)])
