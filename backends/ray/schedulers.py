"""Tune's schedulers, as a search asks for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import (
    ASHAScheduler,
    FIFOScheduler,
    HyperBandForBOHB,
    TrialScheduler,
)
from ray.tune.schedulers.hyperband import _Bracket as Bracket

from backends.ray.checkpoint_directories import tune_checkpoints
from backends.ray.options import is_patched
from backends.ray.patches.actors import TakesFromBrackets, TakesInOrder
from backends.ray.population import (
    Lineage,
    MemberPB2,
    MemberPBT,
    PlainPB2,
    PlainPBT,
    apply_coordinates,
    perturb_or_resample,
)
from backends.ray.population_resume import PastPopulation
from backends.ray.space_translation import UnitInterval
from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import COORDINATES, KEY, trial_id_of
from harness.backend import SearchContext
from harness.records.history import History
from harness.records.recorder import DriverRecorder
from harness.search_spec import SearchSpec
from harness.trial import Judgement

Judged = Callable[[Trial, Judgement], None]
"""Told of a trial that a rung or a bracket has judged, and by what."""


def _tell_nobody(trial: Trial, judgement: Judgement) -> None:
    pass


class InOrder(TakesInOrder, FIFOScheduler):
    """Trials in order, each to its end."""


class PlainRungs(ASHAScheduler):
    """Asynchronous successive halving as Tune has it, which knows earlier sessions."""

    judged: Judged = staticmethod(_tell_nobody)

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """Decide whether a trial goes on, and tell by what."""
        cutoffs: dict[int, Any] = {
            int(epoch): bracket.cutoff(recorded)
            for bracket in self._brackets
            for epoch, recorded in bracket._rungs
            if epoch == result[self._time_attr] < self._max_t and trial.trial_id not in recorded
        }
        action: str = super().on_trial_result(tune_controller, trial, result)
        for epoch, cutoff in cutoffs.items():
            against = None if cutoff is None else self._sign * float(cutoff)
            goes_on = action != TrialScheduler.STOP
            self.judged(trial, Judgement(epoch, result[str(self._metric)], against, goes_on))
        return action

    def recall(self, history: History) -> None:
        """Fill the rungs with the values of earlier sessions."""
        for epoch, recorded in self._rungs():
            values = history.at_rung(epoch)
            recorded.update((trial_id, self._sign * value) for trial_id, value in values)

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Give the past values of a trial Tune's name for it: no rung judges it twice."""
        super().on_trial_add(tune_controller, trial)
        trial_id = trial_id_of(trial.config)
        for _epoch, recorded in self._rungs():
            if trial_id in recorded:
                recorded[trial.trial_id] = recorded.pop(trial_id)

    @property
    def _sign(self) -> float:
        return 1.0 if self._mode == "max" else -1.0

    def _rungs(self) -> Iterator[tuple[Any, dict[str, float]]]:
        for bracket in self._brackets:
            yield from bracket._rungs


class Rungs(TakesInOrder, PlainRungs):
    """Asynchronous successive halving."""


class JudgingBracket(Bracket):
    """A bracket that tells what decides about its trials.

    Attributes
    ----------
    judged
        Told of each trial that is judged, and of the judgement.
    """

    judged: Judged

    def successive_halving(self, metric: str, metric_op: float) -> tuple[list[Trial], list[Trial]]:
        """Return the trials that go on, the best last, and those that do not."""
        good, bad = super().successive_halving(metric, metric_op)
        values = {trial: result[metric] for trial, result in self._live_trials.items()}
        if bad:
            for trial in (*good, *bad):
                epoch = self._live_trials[trial][EPOCH]
                judgement = Judgement(epoch, values[trial], values[good[0]], trial in good)
                self.judged(trial, judgement)
        return good, bad


class PlainBrackets(HyperBandForBOHB):
    """The brackets of BOHB as Tune has them."""

    judged: Judged = staticmethod(_tell_nobody)

    def _create_bracket(self, s: int) -> Bracket:
        bracket: Any = super()._create_bracket(s)  # type: ignore[no-untyped-call]
        bracket.__class__ = JudgingBracket
        bracket.judged = self.judged
        made: Bracket = bracket
        return made

    def on_trial_complete(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> None:
        """Let the model know of a trial that failed on its way to a budget."""
        if result.get("ended") and math.isnan(result[str(self._metric)]):
            bracket, _band = self._trial_info[trial]
            searcher = tune_controller.search_alg.searcher
            searcher.tell(trial.trial_id, bracket._cumul_r, math.nan)
        super().on_trial_complete(tune_controller, trial, result)


class Brackets(TakesFromBrackets, PlainBrackets):
    """The brackets of BOHB."""


def build_scheduler(context: SearchContext, driver: DriverRecorder) -> TrialScheduler:
    """Return the scheduler of a search's algorithm, as earlier sessions left it.

    Parameters
    ----------
    context
        The search.
    driver
        Where exploits are recorded.
    """
    spec = context.spec
    scheduler = _BUILDERS[spec.algorithm](context)
    if is_patched(spec):
        scheduler.slots = spec.workers

    def judged(trial: Trial, judgement: Judgement) -> None:
        driver.trial_judged(trial_id_of(trial.config), judgement)

    scheduler.judged = judged
    if isinstance(scheduler, (PlainPBT, PlainPB2)):
        states, first = context.objective.states, spec.trials + _exploits(context)
        scheduler.lineage = Lineage(driver, states, first)
    built: TrialScheduler = scheduler
    return built


def _in_order(context: SearchContext) -> FIFOScheduler:
    return InOrder() if is_patched(context.spec) else FIFOScheduler()


def _measured(spec: SearchSpec) -> dict[str, Any]:
    """Return how schedulers measure trials."""
    return {"time_attr": EPOCH, "metric": METRIC, "mode": spec.mode}


def _rungs(context: SearchContext) -> PlainRungs:
    spec = context.spec
    scheduler = (Rungs if is_patched(spec) else PlainRungs)(
        **_measured(spec),
        max_t=spec.max_epochs,
        grace_period=spec.grace_epochs,
        reduction_factor=spec.reduction_factor,
    )
    scheduler.recall(context.history)
    return scheduler


def _brackets(context: SearchContext) -> HyperBandForBOHB:
    spec = context.spec
    return (Brackets if is_patched(spec) else PlainBrackets)(
        **_measured(spec),
        max_t=spec.max_epochs,
        reduction_factor=spec.reduction_factor,
    )


def _pbt(context: SearchContext) -> PlainPBT:
    spec = context.spec
    scheduler = (MemberPBT if is_patched(spec) else PlainPBT)(
        **_measured(spec),
        perturbation_interval=spec.interval,
        quantile_fraction=spec.quantile,
        custom_explore_fn=perturb_or_resample(spec, context.space, _exploits(context)),
        log_config=False,
    )
    scheduler.past = _past_population(context)
    return scheduler


def _pb2(context: SearchContext) -> PlainPB2:
    spec = context.spec
    unit = UnitInterval(context.space, spec.mutable)
    scheduler = (MemberPB2 if is_patched(spec) else PlainPB2)(
        **_measured(spec),
        perturbation_interval=spec.interval,
        hyperparam_bounds={KEY: {COORDINATES: unit.bounds()}},
        quantile_fraction=spec.quantile,
        custom_explore_fn=apply_coordinates(unit),
        log_config=False,
    )
    scheduler.past = _past_population(context)
    scheduler.data = scheduler.past.bandit_data(unit)
    return scheduler


def _exploits(context: SearchContext) -> int:
    """Return how many exploits earlier sessions made: each took the next number."""
    return max(0, context.history.next_number - context.spec.trials)


def _past_population(context: SearchContext) -> PastPopulation:
    spec = context.spec
    sign = 1 if spec.mode == "max" else -1
    return PastPopulation(context.history, spec.interval, sign, tune_checkpoints(context))


_BUILDERS: dict[str, Callable[[SearchContext], Any]] = {
    "rand": _in_order,
    "asha": _rungs,
    "bohb": _brackets,
    "pbt": _pbt,
    "pb2": _pb2,
}
