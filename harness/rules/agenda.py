"""What is left to evaluate in a search that suggests configurations."""

from __future__ import annotations

from dataclasses import dataclass

from harness.backend import SearchContext
from harness.trial import Trial, numbered_trial


@dataclass(frozen=True)
class Agenda:
    """The evaluations that a session of a search makes, one a place, from 0.

    Attributes
    ----------
    known
        The trials whose configuration is known. They come first.
    unknown
        The numbers of the trials whose configuration is still to be suggested.
    """

    known: tuple[Trial, ...]
    unknown: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Return how many evaluations there are."""
        return len(self.known) + len(self.unknown)

    def number(self, place: int) -> int:
        """Return the number of the trial at a place."""
        if place < len(self.known):
            return self.known[place].number
        return self.unknown[place - len(self.known)]

    def trial(self, place: int) -> Trial | None:
        """Return the trial at a place; None if its configuration is to be suggested."""
        return self.known[place] if place < len(self.known) else None


def seeds_agenda(context: SearchContext) -> Agenda:
    """Return what is left of the configurations that the seed determines, by number."""
    return Agenda(tuple(context.remaining))


def suggested_agenda(context: SearchContext) -> Agenda:
    """Return what is left of a search that suggests all but its initial design.

    Trials that were cut off come first, under their numbers and with their
    configurations; then what is left of the initial design.
    """
    cut_off = [past.trial for past in context.history.in_flight]
    trials = context.spec.trials
    free = [number for number in context.history.free_numbers(trials) if number < trials]
    initial = context.configurations[: context.spec.population]
    design = [
        numbered_trial(number, initial[number], "design", told=0)
        for number in free
        if number < len(initial)
    ]
    unknown = [number for number in free if number >= len(initial)]
    return Agenda((*cut_off, *design), tuple(unknown))
