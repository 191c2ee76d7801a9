"""Breeds exactly as many numbered individuals as a search has trials."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from propulate import Individual, Propulator
from propulate.propagators import Propagator

from backends.propulate.options import PropulateOptions
from backends.propulate.translation import TranslatedSpace
from harness.mpi.tickets import Tickets
from harness.rules.agenda import Agenda
from harness.trial import Origin, numbered_trial
from harness.trials.deadline import Deadline


@dataclass(frozen=True)
class Start:
    """What an algorithm that suggests configurations begins with, on one rank.

    Attributes
    ----------
    space
        The translated space.
    initial
        The initial design.
    rank
        This process' rank.
    options
        Propulate's own.
    generator
        The source of randomness.
    """

    space: TranslatedSpace
    initial: Sequence[Mapping[str, Any]]
    rank: int
    options: PropulateOptions
    generator: random.Random


class Suggestion(ABC):
    """An algorithm: it turns the individuals evaluated so far into the next one.

    Attributes
    ----------
    origin
        Where its last suggestion comes from.
    """

    origin: Origin = "random"

    @abstractmethod
    def known(
        self, number: int, config: Mapping[str, Any], individuals: Sequence[Individual]
    ) -> Individual:
        """Return individual `number`, which stands for a configuration that is known."""

    @abstractmethod
    def suggest(
        self, number: int, individuals: Sequence[Individual]
    ) -> tuple[Individual, Mapping[str, Any]]:
        """Return individual `number` and the configuration it stands for."""

    @abstractmethod
    def nothing(self) -> Individual:
        """Return an individual that stands for no configuration."""

    def recall(self, individuals: Sequence[Individual], workers: int) -> None:
        """Learn from those that earlier sessions evaluated, as one of `workers` would have.

        Here nothing: most algorithms know what is in the population, and no more.
        """


class SearchPropagator(Propagator):
    """A propagator that decides when its rank's search is over.

    Attributes
    ----------
    loop
        The search loop of this rank, set when it is built.
    """

    def __init__(self) -> None:
        super().__init__(parents=-1, offspring=1)
        self.loop: Propulator | None = None

    def end_search(self) -> None:
        """Make the loop end after the individual that is bred now."""
        if self.loop is not None:
            self.loop.generations = 0


class TicketedPropagator(SearchPropagator):
    """Breeds an individual per ticket; when none is left, it ends this rank's search.

    Propulate counts generations per worker, so a fast worker's share would be
    fixed. Here the workers draw numbers from one counter, and each individual
    carries the trial it stands for as its `task`: None for the last of each worker,
    which Propulate demands and nobody evaluates.

    Parameters
    ----------
    agenda
        What is left to evaluate.
    tickets
        The places of the agenda, shared by all ranks.
    deadline
        After it no individual is bred.
    suggestion
        The algorithm.
    """

    def __init__(
        self, agenda: Agenda, tickets: Tickets, deadline: Deadline, suggestion: Suggestion
    ) -> None:
        super().__init__()
        self._agenda = agenda
        self._tickets = tickets
        self._deadline = deadline
        self._suggestion = suggestion

    def __call__(self, inds: list[Individual]) -> Individual:
        """Return the next individual."""
        place = None if self._deadline.has_passed() else self._tickets.draw()
        if place is None:
            self.end_search()
            return with_task(self._suggestion.nothing(), None)
        number, known = self._agenda.number(place), self._agenda.trial(place)
        if known is not None:
            individual = self._suggestion.known(number, known.config, inds)
            return with_task(individual, known)
        individual, config = self._suggestion.suggest(number, inds)
        origin = self._suggestion.origin
        return with_task(individual, numbered_trial(number, config, origin, told=len(inds)))


def with_task(individual: Individual, task: Any) -> Individual:
    """Return the individual, with what it stands for."""
    individual.task = task
    return individual
