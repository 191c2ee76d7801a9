"""Why a trial ends before its last epoch: a rung does not let it pass, or time is up."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.recorder import SlotRecorder
from harness.rules.rungs import Rungs
from harness.search_spec import SearchSpec
from harness.trial import TIME_LIMIT
from harness.trials.deadline import Deadline
from harness.trials.epoch_report import EpochReport

RUNG = "rung"
"""Why a trial was stopped that a rung did not let pass."""


@dataclass(frozen=True)
class Stopping:
    """Asked after an epoch of a slot's trial, says why it ends there, or None.

    It is what `harness.trials.run.train_to_end` asks.

    Attributes
    ----------
    spec
        Reduction factor and direction.
    record
        The slot's record: judgements are written there.
    deadline
        When the search ends.
    rungs
        The rungs, of this process or shared; None without halving.
    """

    spec: SearchSpec
    record: SlotRecorder
    deadline: Deadline
    rungs: Rungs | None = None

    def __call__(self, report: EpochReport) -> str | None:
        """Return why the trial stops after the epoch reported, or None to go on."""
        if not self.passes_rung(report):
            return RUNG
        return TIME_LIMIT if self.deadline.has_passed() else None

    def passes_rung(self, report: EpochReport) -> bool:
        """Record the epoch at its rung, if there is one, and return whether the trial goes on."""
        if self.rungs is None:
            return True
        judgement = self.rungs.judge(
            report.epoch, report.value, self.spec.reduction_factor, self.spec.mode
        )
        if judgement is None:
            return True
        self.record.trial_judged(report.trial_id, judgement)
        return judgement.goes_on
