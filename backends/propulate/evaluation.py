"""What Propulate evaluates: one trial per individual."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from propulate import Individual

from backends.propulate.breeding import Task
from backends.propulate.rank import Rank
from harness.trial import Trial, trial_name
from harness.trial_run import EpochReport, TrialRun

TIME_LIMIT = "time-limit"
"""Why a trial was stopped, when time was up."""


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
        task: Task | None = individual.task
        if task is None:
            # Nobody may breed from it.
            individual.active = False
            return
        trial = Trial(trial_name(task.number), task.number, task.config)
        self.run = self._rank.objective.start(trial, self._rank.slot)
        while not self.run.ended:
            self.report = self.run.advance()
            if not self.run.ended and self._rank.deadline.has_passed():
                self.run.stop(TIME_LIMIT)
            yield loss_of(self.report.value, self._rank.spec.mode)


def loss_of(value: float, mode: Literal["min", "max"]) -> float:
    """Return what Propulate minimises; NaN, of a failed trial, becomes infinity."""
    if math.isnan(value):
        return math.inf
    return -value if mode == "max" else value
