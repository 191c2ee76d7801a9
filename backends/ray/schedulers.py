"""Tune's schedulers, as a search asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import (
    ASHAScheduler,
    FIFOScheduler,
    HyperBandForBOHB,
    TrialScheduler,
)

from backends.ray.actor_keeping import KeepsActors, has_actor_to_come, waiting_in_brackets
from backends.ray.population import (
    Lineage,
    MemberPB2,
    MemberPBT,
    apply_coordinates,
    perturb_or_resample,
)
from backends.ray.space_translation import UnitInterval
from backends.ray.trainable import METRIC
from backends.ray.trial_config import COORDINATES, KEY
from harness.recorder import DriverRecorder

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.search_spec import SearchSpec

EPOCH = "training_iteration"
"""What schedulers measure time in."""


class InOrder(KeepsActors, FIFOScheduler):
    """Trials in order, each to its end."""


class Rungs(KeepsActors, ASHAScheduler):
    """Asynchronous successive halving."""


class Brackets(KeepsActors, HyperBandForBOHB):
    """The brackets of BOHB."""

    def choose_trial_to_run(self, tune_controller: Any, allow_recurse: bool = True) -> Trial | None:
        """Return the trial to run next among those that have no actor to come."""
        chosen = HyperBandForBOHB.choose_trial_to_run(self, tune_controller, allow_recurse)
        if chosen is None or not has_actor_to_come(tune_controller, chosen):
            return chosen
        waiting = waiting_in_brackets(self)
        return next((t for t in waiting if not has_actor_to_come(tune_controller, t)), None)


def build_scheduler(
    spec: SearchSpec, space: ConfigurationSpace, driver: DriverRecorder
) -> TrialScheduler:
    """Return the scheduler of a search's algorithm.

    Parameters
    ----------
    spec
        The search.
    space
        The neutral space.
    driver
        Where exploits are recorded.
    """
    scheduler = _BUILDERS[spec.algorithm](spec, space)
    scheduler.slots = spec.workers
    if isinstance(scheduler, (MemberPBT, MemberPB2)):
        scheduler.lineage = Lineage(driver, spec.trials)
    built: TrialScheduler = scheduler
    return built


def _in_order(spec: SearchSpec, space: ConfigurationSpace) -> InOrder:
    return InOrder()


def _rungs(spec: SearchSpec, space: ConfigurationSpace) -> Rungs:
    return Rungs(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        max_t=spec.max_epochs,
        grace_period=spec.grace_epochs,
        reduction_factor=spec.reduction_factor,
    )


def _brackets(spec: SearchSpec, space: ConfigurationSpace) -> Brackets:
    return Brackets(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        max_t=spec.max_epochs,
        reduction_factor=spec.reduction_factor,
    )


def _pbt(spec: SearchSpec, space: ConfigurationSpace) -> MemberPBT:
    return MemberPBT(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        perturbation_interval=spec.interval,
        quantile_fraction=spec.quantile,
        custom_explore_fn=perturb_or_resample(spec, space),
        log_config=False,
    )


def _pb2(spec: SearchSpec, space: ConfigurationSpace) -> MemberPB2:
    unit = UnitInterval(space, spec.mutable)
    return MemberPB2(
        time_attr=EPOCH,
        metric=METRIC,
        mode=spec.mode,
        perturbation_interval=spec.interval,
        hyperparam_bounds={KEY: {COORDINATES: unit.bounds()}},
        quantile_fraction=spec.quantile,
        custom_explore_fn=apply_coordinates(unit),
        log_config=False,
    )


_BUILDERS: dict[str, Callable[[SearchSpec, ConfigurationSpace], Any]] = {
    "rand": _in_order,
    "asha": _rungs,
    "bohb": _brackets,
    "pbt": _pbt,
    "pb2": _pb2,
}
