"""A search space as Propulate's limits, and configurations as its individuals' positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from ConfigSpace.hyperparameters import CategoricalHyperparameter
from numpy.typing import NDArray

from backends.propulate.traits import BOX, Limits, Trait, trait_of
from harness.encoded_space import EncodedSpace
from harness.errors import RequestError
from harness.space_values import require_choice

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


class TranslatedSpace(EncodedSpace[Trait]):
    """The translation of a space, in both directions; a point is an individual's traits.

    Propulate keeps names with a leading underscore to itself, so traits have labels.

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
        super().__init__(space, trait_of)

    @property
    def limits(self) -> dict[str, Limits]:
        """The range of each trait."""
        return {label: trait.limits for label, trait in self.codes.items()}

    @property
    def box_limits(self) -> dict[str, tuple[float, float]]:
        """The range of each coordinate of the box."""
        return dict.fromkeys(self.codes, BOX)

    def to_box(self, config: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return a configuration as a point of the box, shape (dimensions,)."""
        traits = self.codes.items()
        return np.array([trait.to_box(config[self.names[label]]) for label, trait in traits])

    def from_box(self, point: NDArray[np.float64]) -> dict[str, Any]:
        """Return a point of the box as a configuration."""
        pairs = zip(self.codes.items(), point, strict=True)
        return self.complete(
            {label: trait.from_box(float(coordinate)) for (label, trait), coordinate in pairs}
        )


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
    require_choice(space, algorithm)
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
