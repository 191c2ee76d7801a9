"""A search space as Propulate's limits, and configurations as its individuals' positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace.hyperparameters import CategoricalHyperparameter
from numpy.typing import NDArray

from backends.propulate.traits import BOX, Limits, Trait, trait_of
from harness.errors import RequestError
from harness.space_values import has_single_value, single_values

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


class TranslatedSpace:
    """The translation of a space, in both directions.

    Parameters
    ----------
    space
        A space without conditions and forbidden clauses. What has a single value
        is not searched, and is in every configuration.

    Raises
    ------
    RequestError
        If the space cannot be expressed.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._names = [str(name) for name in space]
        self._constants = single_values(space)
        self._traits: dict[str, Trait] = {
            name: trait_of(space[name]) for name in self._names if name not in self._constants
        }
        # Propulate keeps names with a leading underscore to itself.
        self._keys = {name: f"h{place}" for place, name in enumerate(self._traits)}

    @property
    def limits(self) -> dict[str, Limits]:
        """The range of each trait."""
        return {self._keys[name]: trait.limits for name, trait in self._traits.items()}

    @property
    def box_limits(self) -> dict[str, tuple[float, float]]:
        """The range of each coordinate of the box."""
        return dict.fromkeys(self._keys.values(), BOX)

    def encode(self, config: Mapping[str, Any]) -> dict[str, float | int]:
        """Return a configuration as traits."""
        return {
            self._keys[name]: trait.encode(config[name]) for name, trait in self._traits.items()
        }

    def decode(self, traits: Mapping[str, Any]) -> dict[str, Any]:
        """Return traits, such as an individual, as a configuration."""
        values = {
            name: trait.decode(traits[self._keys[name]]) for name, trait in self._traits.items()
        }
        return self._complete(values)

    def to_box(self, config: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return a configuration as a point of the box, shape (dimensions,)."""
        return np.array([trait.to_box(config[name]) for name, trait in self._traits.items()])

    def from_box(self, point: NDArray[np.float64]) -> dict[str, Any]:
        """Return a point of the box as a configuration."""
        pairs = zip(self._traits.items(), point, strict=True)
        return self._complete(
            {name: trait.from_box(float(coordinate)) for (name, trait), coordinate in pairs}
        )

    def _complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        known = {**self._constants, **values}
        return {name: known[name] for name in self._names}


def refuse_inexpressible(space: ConfigurationSpace, algorithm: str, continuous: bool) -> None:
    """Refuse a space that `algorithm` cannot search.

    Parameters
    ----------
    space
        The space.
    algorithm
        Its name, for the message.
    continuous
        Whether it moves in a continuous box, where an unordered hyperparameter
        of more than two values would get an order that it does not have.

    Raises
    ------
    RequestError
        If it cannot.
    """
    if space.conditions or space.forbidden_clauses:
        raise RequestError(
            f"Propulate's '{algorithm}' cannot express conditions or forbidden combinations of "
            "hyperparameters; 'rand', 'asha' and 'pbt' can."
        )
    if all(has_single_value(hyperparameter) for hyperparameter in space.values()):
        raise RequestError(
            f"The space leaves nothing to choose, so Propulate's '{algorithm}' has no use; "
            "'rand' takes any space."
        )
    TranslatedSpace(space)
    unordered = [
        hyperparameter.name
        for hyperparameter in space.values()
        if isinstance(hyperparameter, CategoricalHyperparameter) and len(hyperparameter.choices) > 2
    ]
    if continuous and unordered:
        raise RequestError(
            f"Propulate's '{algorithm}' moves in a continuous space and cannot express the "
            f"unordered hyperparameter '{unordered[0]}'; 'ga' and 'rand' can."
        )
