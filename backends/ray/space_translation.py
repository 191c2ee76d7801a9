"""Translates the neutral search space for the algorithms that have one of their own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.encoded_space import EncodedSpace, by_position
from harness.space_values import choice_index, choices_of, has_single_value, nearest_value

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace
    from ConfigSpace.hyperparameters import Hyperparameter


class BOHBSpace:
    """The space as hpbandster's density model can take it.

    An ordinal becomes the integer index of its value, because hpbandster
    refuses ordinals, and a category its index, because hpbandster does not keep
    every type. What has a single value is left out, because each hyperparameter
    of the space is a dimension of the model. The hyperparameters are named by
    position, because Tune splits names at a slash.

    Parameters
    ----------
    space
        The neutral space.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._encoded = EncodedSpace(space, _Code)

    def space(self) -> ConfigurationSpace:
        """Return a new, unseeded space for hpbandster."""
        from ConfigSpace import ConfigurationSpace

        space = ConfigurationSpace()
        codes = self._encoded.codes.items()
        space.add(*(_searchable(label, code.hyperparameter) for label, code in codes))
        return space

    def configuration(self, suggestion: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration that a suggestion stands for."""
        return self._encoded.decode(suggestion)

    def suggestion(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """Return the point of hpbandster's space that stands for a configuration."""
        return self._encoded.encode(configuration)


@dataclass(frozen=True)
class _Code:
    hyperparameter: Hyperparameter[Any, Any]

    def encode(self, value: Any) -> Any:
        listed = choices_of(self.hyperparameter)
        return choice_index(self.hyperparameter, value) if listed else value

    def decode(self, number: Any) -> Any:
        choices = choices_of(self.hyperparameter)
        return choices[int(number)] if choices else nearest_value(self.hyperparameter, number)


class UnitInterval:
    """Chosen hyperparameters as coordinates between 0 and 1.

    The coordinates are ConfigSpace's own, in which a log-scaled hyperparameter
    is linear. Every point of the unit cube is inside the space.

    Parameters
    ----------
    space
        The neutral space.
    names
        The hyperparameters; those that are not numeric are left out.
    """

    def __init__(self, space: ConfigurationSpace, names: Iterable[str]) -> None:
        self._hyperparameters = {
            f"x{position}": space[name] for position, name in enumerate(numeric_names(space, names))
        }

    def bounds(self) -> dict[str, list[float]]:
        """Return the lower and upper end of every coordinate."""
        return {label: [0.0, 1.0] for label in self._hyperparameters}

    def coordinates(self, configuration: Mapping[str, Any]) -> dict[str, float]:
        """Return the coordinates of a configuration."""
        return {
            label: float(hyperparameter.to_vector(configuration[hyperparameter.name]))
            for label, hyperparameter in self._hyperparameters.items()
        }

    def values(self, coordinates: Mapping[str, float]) -> dict[str, Any]:
        """Return the hyperparameters at a point of the unit cube."""
        return {
            hyperparameter.name: _value_at(hyperparameter, coordinates[label])
            for label, hyperparameter in self._hyperparameters.items()
        }


def numeric_names(space: ConfigurationSpace, names: Iterable[str]) -> list[str]:
    """Return those of `names` that are floats or integers of the space, with several values."""
    return [
        name
        for name in names
        if hasattr(space[name], "lower") and not has_single_value(space[name])
    ]


def _searchable(label: str, hyperparameter: Hyperparameter[Any, Any]) -> Hyperparameter[Any, Any]:
    positions = by_position(hyperparameter, label)
    if positions is not None:
        return positions
    renamed = copy.copy(hyperparameter)
    renamed.name = label
    return renamed


def _value_at(hyperparameter: Hyperparameter[Any, Any], coordinate: float) -> Any:
    value = hyperparameter.to_value(min(max(float(coordinate), 0.0), 1.0))
    return nearest_value(hyperparameter, value)
