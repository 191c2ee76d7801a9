"""Random search: the configurations that the seed determines, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from propulate import Individual


class ListedConfigurations:
    """Suggests configuration i as individual i. The only trait is the number.

    Parameters
    ----------
    configurations
        The configurations.
    """

    def __init__(self, configurations: Sequence[Mapping[str, Any]]) -> None:
        self._configurations = configurations
        self._limits = {"number": (0, len(configurations) - 1)}

    def __call__(
        self, number: int, individuals: Sequence[Individual]
    ) -> tuple[Individual, Mapping[str, Any]]:
        """Return individual `number` and its configuration."""
        return Individual({"number": number}, self._limits), self._configurations[number]

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return Individual({"number": 0}, self._limits)
