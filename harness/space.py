"""Search spaces: sampling that the seed alone determines, and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
        `number` configurations of plain Python values.
    """
    space.seed(seed)
    drawn = space.sample_configuration(number)
    configurations = drawn if isinstance(drawn, list) else [drawn]
    return [plain_configuration(dict(configuration)) for configuration in configurations]


def plain_configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with numpy scalars turned into Python values."""
    return {str(name): plain_value(value) for name, value in config.items()}


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as the Python value it stands for."""
    import numpy as np

    return value.item() if isinstance(value, np.generic) else value


def describe_space(space: ConfigurationSpace) -> dict[str, Any]:
    """Return the space as plain values, for the run's configuration file."""
    described: dict[str, Any] = space.to_serialized_dict()
    return described
