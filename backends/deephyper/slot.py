"""A slot: it trains one trial at a time and tells what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.records.clock import Clock
from harness.records.recorder import SlotRecorder
from harness.search_spec import SearchSpec
from harness.trial import Origin, Trial, trial_name
from harness.trials.epoch_report import EpochReport
from harness.trials.objective import Objective
from harness.trials.run import Decide, TrialRun, train_to_end

if TYPE_CHECKING:
    from harness.mpi.rungs import SharedRungs


@dataclass(frozen=True)
class Assignment:
    """One evaluation, as the master sends it.

    Attributes
    ----------
    number
        The evaluation's number, from 0.
    configuration
        What to evaluate.
    deadline
        Unix time at which the search ends, or None.
    origin, told
        As in `harness.trial.Trial`.
    """

    number: int
    configuration: Mapping[str, Any]
    deadline: float | None
    origin: Origin | None = None
    told: int | None = None


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
    rungs: SharedRungs | None
    clock: Clock

    def evaluate(self, assignment: Assignment) -> Outcome:
        """Train a trial until it ends, is stopped at a rung or runs out of time."""
        if self._is_over(assignment.deadline):
            return Outcome(None, "time_limit")
        if assignment.deadline is not None:
            self.objective.deadline.end_in(assignment.deadline - self.clock())
        report = train_to_end(self.begin(assignment), self.decide(assignment.deadline))
        return self.outcome(report, assignment)

    def begin(self, assignment: Assignment) -> TrialRun:
        """Begin the trial of an assignment."""
        number = assignment.number
        trial = Trial(
            trial_name(number),
            number,
            dict(assignment.configuration),
            origin=assignment.origin,
            told=assignment.told,
        )
        return self.objective.start(trial, self.record)

    def outcome(self, report: EpochReport | None, assignment: Assignment) -> Outcome:
        """Return what came of an assignment whose trial reported last."""
        if report is None or report.failed or math.isnan(report.value):
            return Outcome(None, "time_limit" if self._is_over(assignment.deadline) else "failed")
        return Outcome(report.value)

    def decide(self, deadline: float | None) -> Decide:
        """Return what decides after an epoch whether the trial goes on."""

        def decide(report: EpochReport) -> str | None:
            if not self._passes_rung(report):
                return "rung"
            return "time-limit" if self._is_over(deadline) else None

        return decide

    def _passes_rung(self, report: EpochReport) -> bool:
        if self.rungs is None:
            return True
        judgement = self.rungs.judge(
            report.epoch, report.value, self.spec.reduction_factor, self.spec.mode
        )
        if judgement is not None:
            self.record.trial_judged(report.trial_id, judgement)
        return judgement is None or judgement.goes_on

    def _is_over(self, deadline: float | None) -> bool:
        return deadline is not None and self.clock() >= deadline
