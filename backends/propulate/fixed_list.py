"""Random search: the configurations that the seed determines, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from propulate import Individual

from backends.propulate.breeding import Suggestion


class ListedIndividual(Individual):
    """An individual that nobody breeds from.

    Propulate copies each for each other rank, and writes each that arrives into
    a line that it does not print: with a thousand ranks, a tenth of a second a trial.
    A replay does not even send them.
    """

    is_unread = True

    def __deepcopy__(self, memo: object) -> ListedIndividual:
        return self

    def __repr__(self) -> str:
        return f"number {self['number']}"


class ListedConfigurations(Suggestion):
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
        return ListedIndividual({"number": number}, self._limits)

    def suggest(self, number: int, individuals: Sequence[Individual]) -> NoReturn:
        """Raise an error.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(f"the configuration of trial {number} is not listed")

    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""
        return ListedIndividual({"number": 0}, self._limits)
