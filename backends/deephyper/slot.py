"""A slot: it trains one trial at a time and tells what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.records.clock import Clock
from harness.records.recorder import SlotRecorder
from harness.rules.rungs import Rungs
from harness.search_spec import SearchSpec
from harness.trial import Trial
from harness.trials.deadline import Deadline
from harness.trials.epoch_report import EpochReport
from harness.trials.objective import Objective
from harness.trials.run import TrialRun, train_to_end
from harness.trials.stopping import Stopping


@dataclass(frozen=True)
class Assignment:
    """One evaluation, as the master sends it.

    Attributes
    ----------
    trial
        What to evaluate.
    deadline
        Unix time at which the search ends, or None.
    """

    trial: Trial
    deadline: float | None


@dataclass(frozen=True)
class Outcome:
    """What came of an evaluation.

    Attributes
    ----------
    value
        The last validation value in its natural direction; None if there is none.
    failure
        Why there is none.
    """

    value: float | None
    failure: str | None = None


@dataclass(frozen=True)
class Slot:
    """What this rank needs to evaluate.

    Attributes
    ----------
    spec
        The search.
    objective
        The workload and its data.
    record
        The slot's record.
    rungs
        The rungs of successive halving, or None without halving.
    clock
        The search's clock.
    """

    spec: SearchSpec
    objective: Objective
    record: SlotRecorder
    rungs: Rungs | None
    clock: Clock

    def evaluate(self, assignment: Assignment) -> Outcome:
        """Train a trial until it ends, is stopped at a rung or runs out of time."""
        deadline = self._until(assignment.deadline)
        if deadline.has_passed():
            return Outcome(None, "time_limit")
        if assignment.deadline is not None:
            self.objective.deadline.end_in(deadline.remaining_s)
        report = train_to_end(self.begin(assignment), self.decide(assignment.deadline))
        return self.outcome(report, assignment)

    def begin(self, assignment: Assignment) -> TrialRun:
        """Begin the trial of an assignment."""
        return self.objective.start(assignment.trial, self.record)

    def outcome(self, report: EpochReport | None, assignment: Assignment) -> Outcome:
        """Return what came of an assignment whose trial reported last."""
        if report is None or report.failed or math.isnan(report.value):
            over = self._until(assignment.deadline).has_passed()
            return Outcome(None, "time_limit" if over else "failed")
        return Outcome(report.value)

    def decide(self, deadline: float | None) -> Stopping:
        """Return what decides after an epoch whether the trial goes on."""
        return Stopping(self.spec, self.record, self._until(deadline), self.rungs)

    def _until(self, moment: float | None) -> Deadline:
        return Deadline.at(math.inf if moment is None else moment, self.clock)
