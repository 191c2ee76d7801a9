"""Tune's schedulers, as a search asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import (
    ASHAScheduler,
    FIFOScheduler,
    HyperBandForBOHB,
    TrialScheduler,
)

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


class InOrder(TakesInOrder, FIFOScheduler):
    """Trials in order, each to its end."""


class PlainRungs(ASHAScheduler):
    """Asynchronous successive halving as Tune has it, which knows earlier sessions."""

    def recall(self, history: History) -> None:
        """Fill the rungs with the values of earlier sessions."""
        sign = 1.0 if self._mode == "max" else -1.0
        for epoch, recorded in self._rungs():
            recorded.update((trial_id, sign * value) for trial_id, value in history.at_rung(epoch))

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Give the past values of a trial Tune's name for it: no rung judges it twice."""
        super().on_trial_add(tune_controller, trial)
        trial_id = trial_id_of(trial.config)
        for _epoch, recorded in self._rungs():
            if trial_id in recorded:
                recorded[trial.trial_id] = recorded.pop(trial_id)

    def _rungs(self) -> Iterator[tuple[Any, dict[str, float]]]:
        for bracket in self._brackets:
            yield from bracket._rungs


class Rungs(TakesInOrder, PlainRungs):
    """Asynchronous successive halving."""


class Brackets(TakesFromBrackets, HyperBandForBOHB):
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
    if isinstance(scheduler, (PlainPBT, PlainPB2)):
        states, first = context.objective.states, spec.trials + _exploits(context)
        scheduler.lineage = Lineage(driver, states, first)
    built: TrialScheduler = scheduler
    return built


def _in_order(context: SearchContext) -> FIFOScheduler:
    return InOrder() if is_patched(context.spec) else FIFOScheduler()


def _rungs(context: SearchContext) -> PlainRungs:
    spec = context.spec
    scheduler = (Rungs if is_patched(spec) else PlainRungs)(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        max_t=spec.max_epochs,
        grace_period=spec.grace_epochs,
        reduction_factor=spec.reduction_factor,
    )
    scheduler.recall(context.history)
    return scheduler


def _brackets(context: SearchContext) -> HyperBandForBOHB:
    spec = context.spec
    return (Brackets if is_patched(spec) else HyperBandForBOHB)(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        max_t=spec.max_epochs,
        reduction_factor=spec.reduction_factor,
    )


def _pbt(context: SearchContext) -> PlainPBT:
    spec = context.spec
    scheduler = (MemberPBT if is_patched(spec) else PlainPBT)(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
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
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
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
