"""Which of its steps made a genetic algorithm's last individual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from propulate import Individual
from propulate.propagators import Compose, CrossoverUniform, InitUniform

from harness.trial import Origin


class BreedingSteps:
    """Watches the steps that Propulate composes its default propagator of.

    Each step is applied with a probability of its own, and nothing says whether it was.

    Parameters
    ----------
    composed
        The propagator; its steps are watched from here on.
    """

    def __init__(self, composed: Compose) -> None:
        self._done: set[Origin] = set()
        composed.propagators = [self._watched(step) for step in composed.propagators]

    @property
    def origin(self) -> Origin:
        """What the last individual is: drawn, mixed from two parents, mutated, or a copy.

        One that was mixed and mutated as well counts as mixed.
        """
        words: tuple[Origin, ...] = ("random", "crossover", "mutation", "copy")
        return next((word for word in words if word in self._done), "random")

    def clear(self) -> None:
        """Forget the last individual."""
        self._done.clear()

    def _watched(self, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def apply(given: Any) -> Any:
            made = step(given)
            if isinstance(made, Individual):
                self._note(step, given[0] if isinstance(given, list) else given, made)
            return made

        return apply

    def _note(self, step: object, before: Individual, after: Individual) -> None:
        self._done.add("copy")
        if isinstance(step, InitUniform):
            if after is not before:
                self._done.add("random")
        elif any(after[name] != before[name] for name in before):
            mixed = isinstance(step, CrossoverUniform)
            self._done.add("crossover" if mixed else "mutation")
