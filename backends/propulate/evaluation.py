"""What Propulate evaluates: one trial per individual."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from propulate import Individual

from backends.propulate.breeding import Suggestion, with_task
from backends.propulate.rank import Rank
from harness.records.history import History
from harness.trial import TIME_LIMIT, Trial
from harness.trials.epoch_report import EpochReport
from harness.trials.run import TrialRun


class Evaluator:
    """Trains the trials of a rank.

    Attributes
    ----------
    run
        The last trial.
    report
        What it reported last.

    Parameters
    ----------
    rank
        The rank.
    """

    def __init__(self, rank: Rank) -> None:
        self._rank = rank
        self.run: TrialRun | None = None
        self.report: EpochReport | None = None

    def evaluate(self, individual: Individual) -> float:
        """Train an individual's trial to its end, and return its loss."""
        losses = list(self.epochs(individual))
        return losses[-1] if losses else math.inf

    def epochs(self, individual: Individual) -> Iterator[float]:
        """Train an individual's trial, and yield its loss after each epoch."""
        trial: Trial | None = individual.task
        if trial is None:
            # Nobody may breed from it.
            individual.active = False
            return
        self.run = self._rank.objective.start(trial, self._rank.slot)
        while not self.run.ended:
            self.report = self.run.advance()
            # A rung judges the trial meanwhile, and may stop it.
            yield loss_of(self.report.value, self._rank.spec.mode)
            if not self.run.ended and self._rank.deadline.has_passed():
                self.run.stop(TIME_LIMIT)


def loss_of(value: float, mode: Literal["min", "max"]) -> float:
    """Return what Propulate minimises; NaN, of a failed trial, becomes infinity."""
    if math.isnan(value):
        return math.inf
    return -value if mode == "max" else value


def past_individuals(
    history: History, suggestion: Suggestion, mode: Literal["min", "max"]
) -> list[Individual]:
    """Return the individuals of the trials that are over, as `suggestion` makes them.

    They are the same on every rank, in the order in which their trials began.
    """
    population: list[Individual] = []
    for past in history.over:
        individual = suggestion.known(past.trial.number, past.trial.config, population)
        individual.loss = loss_of(math.nan if past.result is None else past.result, mode)
        population.append(with_task(individual, past.trial))
    return population
