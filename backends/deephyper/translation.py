"""Translates a search space into the coordinates in which DeepHyper searches.

Each hyperparameter becomes one that every sampler, surrogate and optimizer of
DeepHyper 0.13 handles: floats lie on the unit interval, integers keep their range
and scale, ordinals and categoricals are positions. Without this, a log-scaled float
at its bound can leave the space by a rounding error, which ends the search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    FloatHyperparameter,
    Hyperparameter,
    IntegerHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from numpy.typing import NDArray

from harness.encoded_space import ABSENT, EncodedSpace, by_position
from harness.space_values import choice_index, choices_of, nearest_value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Coordinate:
    """A hyperparameter in the engine's coordinates."""

    hyperparameter: Hyperparameter[Any, Any]

    def encode(self, value: Any) -> float | int:
        """Return the coordinate of a value; an inactive one lies at the lowest."""
        if value is ABSENT:
            vector = 0.0
        elif choices_of(self.hyperparameter):
            return choice_index(self.hyperparameter, value)
        else:
            vector = float(self.hyperparameter.to_vector(value))
        coordinate: float | int = coordinates(self.hyperparameter, np.array([vector]))[0].item()
        return coordinate

    def decode(self, number: Any) -> Any:
        """Return the plain value at a coordinate, inside the hyperparameter's range."""
        if isinstance(self.hyperparameter, FloatHyperparameter):
            value = self.hyperparameter.to_value(float(number))
            return nearest_value(self.hyperparameter, value)
        if isinstance(self.hyperparameter, IntegerHyperparameter):
            return nearest_value(self.hyperparameter, int(number))
        return choices_of(self.hyperparameter)[int(number)]


class EngineSpace(EncodedSpace[Coordinate]):
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
        What the engine searches. Hyperparameters with a single value are left out;
        the others are named by position, for DeepHyper gives some names a meaning.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        super().__init__(space, Coordinate)
        self.coordinates = ConfigurationSpace()
        self.coordinates.add([translate(space[name], label) for label, name in self.names.items()])

    def seed(self, seed: int) -> None:
        """Seed what `sample` draws."""
        self.space.seed(seed)

    def sample(self, number: int) -> pd.DataFrame:
        """Draw legal points from the space's own distribution, one a row."""
        # A request is checked with this module, and pandas takes a third of a second.
        import pandas as pd

        drawn = self.space.sample_configuration(number)
        drawn = drawn if isinstance(drawn, list) else [drawn]
        # An inactive hyperparameter is NaN in a vector.
        vectors = np.nan_to_num(np.array([configuration.get_array() for configuration in drawn]))
        return pd.DataFrame(
            {
                label: coordinates(self.space[name], vectors[:, self.space.index_of[name]])
                for label, name in self.names.items()
            }
        )


def translate(hyperparameter: Hyperparameter[Any, Any], label: str) -> Hyperparameter[Any, Any]:
    """Return a hyperparameter's counterpart in the engine's coordinates, named `label`.

    Raises
    ------
    TypeError
        If there is none.
    """
    if isinstance(hyperparameter, FloatHyperparameter):
        return UniformFloatHyperparameter(label, lower=0.0, upper=1.0)
    if isinstance(hyperparameter, IntegerHyperparameter):
        return UniformIntegerHyperparameter(
            label,
            lower=hyperparameter.lower,
            upper=hyperparameter.upper,
            log=getattr(hyperparameter, "log", False),
        )
    positions = by_position(hyperparameter, label)
    if positions is not None:
        return positions
    kind, name = type(hyperparameter).__name__, hyperparameter.name
    raise TypeError(f"{kind} '{name}' has no counterpart in DeepHyper")


def coordinates(
    hyperparameter: Hyperparameter[Any, Any], vectors: NDArray[np.float64]
) -> NDArray[Any]:
    """Return the engine's coordinates for ConfigSpace's vectors of values."""
    if isinstance(hyperparameter, FloatHyperparameter):
        return np.clip(vectors, 0.0, 1.0)
    if isinstance(hyperparameter, IntegerHyperparameter):
        return np.asarray(hyperparameter.to_value(vectors), dtype=int)
    return vectors.astype(int)
