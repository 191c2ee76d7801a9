"""Random search: the configurations that the seed determines, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from propulate import Individual


class ListedConfigurations:
    """Has nothing to suggest: all configurations are known. The only trait is the number.

    Parameters
    ----------
    trials
        How many there are.
    """

    def __init__(self, trials: int) -> None:
        self._limits = {"number": (0, trials - 1)}

    def known(
        self, number: int, config: Mapping[str, Any], individuals: Sequence[Individual]
    ) -> Individual:
        """Return individual `number`."""
        return Individual({"number": number}, self._limits)

    def suggest(self, number: int, individuals: Sequence[Individual]) -> NoReturn:
        """Raise an error.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(f"the configuration of trial {number} is not listed")

    def recall(self, individuals: Sequence[Individual], workers: int) -> None:
        """Do nothing: random search learns nothing."""

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return Individual({"number": 0}, self._limits)
