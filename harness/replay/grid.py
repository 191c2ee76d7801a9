"""Tables that are whole grids: any algorithm can search them exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.replay.table import TrainingTable

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


def grid_space(table: TrainingTable, space: ConfigurationSpace) -> ConfigurationSpace | None:
    """Return the space of exactly a table's configurations; None if they are no whole grid.

    Numbers become ordinals of their recorded values, so that neighbours stay neighbours.

    Parameters
    ----------
    table
        The trainings.
    space
        The space that they were recorded in.
    """
    from ConfigSpace import (
        CategoricalHyperparameter,
        ConfigurationSpace,
        Constant,
        OrdinalHyperparameter,
    )

    configurations = table.configurations
    if space.conditions or space.forbidden_clauses:
        return None
    values = {name: _values(configurations, name, space[name]) for name in space}
    if math.prod(len(own) for own in values.values()) != len(configurations):
        return None
    restricted = ConfigurationSpace()
    for name, own in values.items():
        if len(own) == 1:
            restricted.add(Constant(name, own[0]))
        elif isinstance(space[name], CategoricalHyperparameter):
            restricted.add(CategoricalHyperparameter(name, own))
        else:
            restricted.add(OrdinalHyperparameter(name, own))
    return restricted


def _values(
    configurations: tuple[Mapping[str, Any], ...], name: str, hyperparameter: Any
) -> list[Any]:
    found = list(dict.fromkeys(config[name] for config in configurations))
    sequence = list(getattr(hyperparameter, "sequence", ()))
    if sequence:
        return sorted(found, key=sequence.index)
    return sorted(found) if hasattr(hyperparameter, "lower") else found
