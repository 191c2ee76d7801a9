"""A backend without an engine: the smallest that keeps the contract.

Name it on the command line by import path:
``--backend harness.testing.backends:SequentialBackend``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness.backend import Algorithm, Backend, SearchContext, World
from harness.records.clock import Clock, anchored_clock
from harness.records.recorder import SlotRecorder
from harness.rules.halving import judge_at_rung, rung_epochs
from harness.trials.epoch_report import EpochReport
from harness.trials.run import train_to_end


class SequentialBackend(Backend):
    """Trains one trial after the other in this process, on one slot."""

    name: ClassVar[str] = "sequential"
    engine: ClassVar[str] = "hpo-harness"
    modules: ClassVar[tuple[str, ...]] = ("harness",)
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order"),
        "asha": Algorithm("the same, stopped at rungs", halving=True),
    }

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search."""
        objective = context.objective.prepare()
        slot = context.recorder.open_slot(0)
        driver = context.recorder.open_driver()
        decide = _Decisions(context, slot, anchored_clock())
        driver.search_began()
        for trial in context.remaining:
            if decide.time_is_up():
                break
            train_to_end(objective.start(trial, slot), decide)
        driver.search_ended()
        slot.close()
        driver.close()


class _Decisions:
    """Why a trial ends before its last epoch: time is up, or a rung does not let it pass."""

    def __init__(self, context: SearchContext, slot: SlotRecorder, clock: Clock) -> None:
        spec = context.spec
        halving = spec.algorithm == "asha"
        epochs = rung_epochs(spec.grace_epochs, spec.reduction_factor, spec.max_epochs)
        self._recorded: dict[int, list[float]] = {}
        if halving:
            past = context.history
            self._recorded = {e: [value for _, value in past.at_rung(e)] for e in epochs}
        self._spec = spec
        self._slot = slot
        self._clock = clock
        self._deadline = None if spec.time_limit is None else clock() + spec.time_limit

    def time_is_up(self) -> bool:
        """Whether the time limit has passed."""
        return self._deadline is not None and self._clock() >= self._deadline

    def __call__(self, report: EpochReport) -> str | None:
        if self.time_is_up():
            return "time-limit"
        if report.epoch not in self._recorded:
            return None
        recorded = self._recorded[report.epoch]
        judgement = judge_at_rung(
            report.epoch, report.value, recorded, self._spec.reduction_factor, self._spec.mode
        )
        recorded.append(report.value)
        self._slot.trial_judged(report.trial_id, judgement)
        return None if judgement.goes_on else "rung"
