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
    FloatHyperparameter,
    Hyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from ConfigSpace.util import deactivate_inactive_hyperparameters
from numpy.typing import NDArray

from harness.space_values import (
    choice_index,
    choices_of,
    nearest_value,
    own_configuration,
    single_values,
)

if TYPE_CHECKING:
    import pandas as pd

Coordinates = dict[str, Any]
"""A point in the engine's coordinates: label to number."""


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
        What the engine searches. Hyperparameters with a single value are left out;
        the others are named by position, for DeepHyper gives some names a meaning.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._space = space
        self._fixed = single_values(space)
        searched = [name for name in space if name not in self._fixed]
        self._labels = {f"h{place}": name for place, name in enumerate(searched)}
        self.coordinates = ConfigurationSpace()
        self.coordinates.add(
            [translate(space[name], label) for label, name in self._labels.items()]
        )

    @property
    def is_flat(self) -> bool:
        """Whether every point of the coordinates is a legal configuration."""
        return not (self._space.conditions or self._space.forbidden_clauses)

    def encode(self, configuration: Mapping[str, Any]) -> Coordinates:
        """Return a configuration's coordinates; an inactive value lies at its lowest."""
        return {
            label: coordinate_of(self._space[name], configuration.get(name, ABSENT))
            for label, name in self._labels.items()
        }

    def decode(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration at a point, as plain Python values inside the space."""
        values = {
            name: value_at(self._space[name], point[label]) for label, name in self._labels.items()
        }
        configuration = {**self._fixed, **values}
        if self._space.conditions:
            active = deactivate_inactive_hyperparameters(configuration, self._space)
            return own_configuration(self._space, dict(active))
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
                label: coordinates(self._space[name], vectors[:, self._space.index_of[name]])
                for label, name in self._labels.items()
            }
        )


ABSENT = object()
"""Stands for the value of a hyperparameter that is inactive."""


def coordinate_of(hyperparameter: Hyperparameter[Any, Any], value: Any) -> float | int:
    """Return the engine's coordinate of a value, or the lowest one for `ABSENT`."""
    if value is ABSENT:
        vector = 0.0
    elif choices_of(hyperparameter):
        return choice_index(hyperparameter, value)
    else:
        vector = float(hyperparameter.to_vector(value))
    coordinate: float | int = coordinates(hyperparameter, np.array([vector]))[0].item()
    return coordinate


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
    if isinstance(hyperparameter, OrdinalHyperparameter):
        return UniformIntegerHyperparameter(label, 0, len(hyperparameter.sequence) - 1)
    if isinstance(hyperparameter, CategoricalHyperparameter):
        return CategoricalHyperparameter(
            label,
            list(range(len(hyperparameter.choices))),
            weights=hyperparameter.weights,
        )
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


def value_at(hyperparameter: Hyperparameter[Any, Any], point: float) -> Any:
    """Return the plain value at a coordinate, inside the hyperparameter's range."""
    if isinstance(hyperparameter, FloatHyperparameter):
        return nearest_value(hyperparameter, hyperparameter.to_value(float(point)))
    if isinstance(hyperparameter, IntegerHyperparameter):
        return nearest_value(hyperparameter, int(point))
    return choices_of(hyperparameter)[int(point)]
