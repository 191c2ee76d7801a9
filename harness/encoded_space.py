"""A search space in an engine's own numbers, and back.

Every engine has kinds of hyperparameters that it does not take, and names with a
meaning of their own. Most of a translation is the same for all: what leaves nothing to
choose is not searched, the others get labels by their place, a configuration comes back
in the space's order, and what is inactive in it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from harness.space_values import choices_of, own_configuration, single_values

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace
    from ConfigSpace.hyperparameters import Hyperparameter

ABSENT = object()
"""Stands for the value of a hyperparameter that is inactive."""


class Code(Protocol):
    """The translation of one hyperparameter's values."""

    def encode(self, value: Any) -> Any:
        """Return a value as the engine has it."""

    def decode(self, number: Any) -> Any:
        """Return what the engine has as a value within the hyperparameter's range."""


def by_position(
    hyperparameter: Hyperparameter[Any, Any], label: str
) -> Hyperparameter[Any, Any] | None:
    """Return a hyperparameter of the positions of the values that one lists; None for a range.

    Those of a categorical have its weights and no order.

    Parameters
    ----------
    hyperparameter
        The hyperparameter.
    label
        Names the new one.
    """
    from ConfigSpace import CategoricalHyperparameter, UniformIntegerHyperparameter

    positions = list(range(len(choices_of(hyperparameter))))
    if not positions:
        return None
    if isinstance(hyperparameter, CategoricalHyperparameter):
        return CategoricalHyperparameter(label, positions, weights=hyperparameter.weights)
    return UniformIntegerHyperparameter(label, 0, positions[-1])


CodeT = TypeVar("CodeT", bound=Code)


class EncodedSpace(Generic[CodeT]):
    """The translation of a space, in both directions.

    Parameters
    ----------
    space
        The space. Conditions and forbidden clauses are not translated: `decode` drops
        what is inactive, and may give what is forbidden.
    code_of
        Translates a hyperparameter of the space.

    Attributes
    ----------
    space
        The space.
    names
        Label to name of what is searched: ``h0``, ``h1`` … in the space's order.
    codes
        Label to translation.
    """

    def __init__(self, space: ConfigurationSpace, code_of: Callable[[Any], CodeT]) -> None:
        self.space = space
        self._constants = single_values(space)
        searched = [str(name) for name in space if name not in self._constants]
        self.names = {f"h{place}": name for place, name in enumerate(searched)}
        self.codes = {label: code_of(space[name]) for label, name in self.names.items()}

    @property
    def is_flat(self) -> bool:
        """Whether every point is a legal configuration."""
        return not (self.space.conditions or self.space.forbidden_clauses)

    def encode(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return a configuration as a point, label to number; `ABSENT` is encoded if inactive."""
        return {
            label: self.codes[label].encode(config.get(name, ABSENT))
            for label, name in self.names.items()
        }

    def decode(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point as a configuration, as plain Python values inside the space."""
        return self.complete(
            {label: self.codes[label].decode(point[label]) for label in self.names}
        )

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration of which `values` are searched, label to value."""
        searched = {self.names[label]: value for label, value in values.items()}
        whole = {**self._constants, **searched}
        if self.space.conditions:
            from ConfigSpace.util import deactivate_inactive_hyperparameters

            active = deactivate_inactive_hyperparameters(whole, self.space)
            return own_configuration(self.space, dict(active))
        return {str(name): whole[name] for name in self.space}
