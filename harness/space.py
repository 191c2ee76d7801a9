"""Search spaces: sampling that the seed alone determines, and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.space_values import own_configuration
from harness.space_values import plain_value as plain_value

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


def sample_configurations(
    space: ConfigurationSpace, number: int, seed: int
) -> list[dict[str, Any]]:
    """Draw configurations; the i-th depends on the space, `number` and `seed` only.

    Parameters
    ----------
    space
        A freshly built space; its random state is reset.
    number
        How many.
    seed
        The search's seed.

    Returns
    -------
    list of dict
        `number` configurations of the space's own values, as Python has them.
    """
    space.seed(seed)
    drawn = space.sample_configuration(number)
    configurations = drawn if isinstance(drawn, list) else [drawn]
    return [own_configuration(space, dict(configuration)) for configuration in configurations]


def plain_configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with numpy scalars turned into Python values."""
    return {str(name): plain_value(value) for name, value in config.items()}


def describe_space(space: ConfigurationSpace) -> dict[str, Any]:
    """Return the space as plain values, for the run's configuration file."""
    described: dict[str, Any] = _plain_tree(space.to_serialized_dict())
    return described


def _plain_tree(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_tree(item) for item in value]
    return plain_value(value)
