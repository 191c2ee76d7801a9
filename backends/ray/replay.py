"""Ray Tune's own controller, scheduler and searcher in virtual time, without a cluster."""

from __future__ import annotations

import inspect
import logging
import math
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from ray import tune
from ray.air.execution._internal import RayActorManager
from ray.train._internal.session import _FutureTrainingResult
from ray.tune.execution import tune_controller
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Experiment, Trial

from backends.ray.decisions import DecisionRecorder
from backends.ray.options import ENGINE_FILES
from backends.ray.replacement import replaced
from backends.ray.schedulers import build_scheduler
from backends.ray.trainable import SlotWork
from backends.ray.tuning import (
    SUGGESTING,
    directory_name,
    samples_asked,
    search_algorithm_of,
    seed_global_generators,
)
from backends.ray.virtual_actors import VirtualSlots, VirtualTrainable
from backends.ray.virtual_manager import VirtualActorManager
from harness.backend import SearchContext
from harness.records.recorder import DriverRecorder
from harness.replay.stage import Stage

MOST_WAITING = "TUNE_MAX_PENDING_TRIALS_PG"
"""Names how many trials may wait for an actor; else Tune asks a cluster how many it can hold."""

TUNES_OWN_LEAST = 200
"""What Tune takes where the cluster is smaller."""


def replay_search(context: SearchContext, stage: Stage) -> None:
    """Run the search that a context describes on virtual slots."""
    driver = context.recorder.open_driver(stage.clock)
    slots = VirtualSlots(context, stage, _work(context))
    seed_global_generators(context)
    files = context.directory / ENGINE_FILES
    try:
        with _without_cluster(slots, context):
            controller = _controller(context, driver)
            driver.search_began()
            while not controller.is_finished():
                controller.step()
            driver.search_ended()
            controller.end_experiment_callbacks()
        slots.close()
    finally:
        shutil.rmtree(files, ignore_errors=True)
    driver.close()


class LoneController(TuneController):
    """A controller without a cluster, and without snapshots of the experiment."""

    def on_step_begin(self) -> None:
        """Ask no cluster for its resources."""

    def checkpoint(self, force: bool = False, wait: bool = False) -> None:
        """Write nothing: a replay is not resumed."""


def _work(context: SearchContext) -> SlotWork:
    files = context.directory / ENGINE_FILES
    return SlotWork(
        objective=context.objective,
        recorder=context.recorder,
        slots=context.spec.workers,
        ranks=1,
        locks=files / "slots",
        checkpoints=files / "checkpoints",
        deadline=math.inf,
        scheduler_ends=context.spec.algorithm == "bohb",
    )


@contextmanager
def _without_cluster(slots: VirtualSlots, context: SearchContext) -> Iterator[None]:
    suggests = context.spec.algorithm in SUGGESTING
    most_waiting = 1 if suggests else max(TUNES_OWN_LEAST, int(1.1 * context.spec.workers))
    logger = logging.getLogger("ray")
    level, before = logger.level, os.environ.get(MOST_WAITING)
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        manager = partial(_manager, slots)
        stack.enter_context(replaced(tune_controller, "RayActorManager", manager))
        stack.enter_context(replaced(tune_controller, "_ResourceUpdater", lambda period: None))
        # Tune asks a cluster where trials leave files; a thousand directories are not needed.
        stack.enter_context(replaced(Trial, "init_local_path", _name_directory))
        stack.enter_context(replaced(_FutureTrainingResult, "resolve", _resolve))
        os.environ[MOST_WAITING] = str(most_waiting)
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
            if before is None:
                del os.environ[MOST_WAITING]
            else:
                os.environ[MOST_WAITING] = before


def _name_directory(trial: Trial) -> None:
    named: Any = trial
    named.relative_logdir = named.storage.trial_dir_name = trial.trial_id


def _resolve(awaited: Any, block: bool = True) -> Any:
    """Have the controller wait for a state that it needs now, as it does for a cluster."""
    return awaited.future.awaited()


def _manager(slots: VirtualSlots, resource_manager: Any) -> VirtualActorManager:
    return VirtualActorManager(slots)


def _no_resources() -> Any:
    return None


def _controller(context: SearchContext, driver: DriverRecorder) -> TuneController:
    search_algorithm: Any = search_algorithm_of(context, math.inf)
    experiment = Experiment(
        name="tune",
        run=VirtualTrainable,
        config={},
        resources_per_trial=tune.PlacementGroupFactory([{"CPU": 1.0}]),
        num_samples=samples_asked(context),
        storage_path=str(context.directory / ENGINE_FILES),
        trial_dirname_creator=directory_name,
    )
    controller = LoneController(
        search_alg=search_algorithm,
        scheduler=build_scheduler(context, driver),
        callbacks=[
            DecisionRecorder(driver, context.objective.states, context.spec.algorithm, lambda: None)
        ],
        reuse_actors=True,
        storage=experiment.storage,
        resource_manager_factory=_no_resources,
    )
    search_algorithm.add_configurations([experiment])
    controller.setup_experiments([experiment], search_algorithm.total_samples)
    return controller


def changed_internals() -> str | None:
    """Return what of Ray Tune is not as this module knows it; None if all is."""
    source = inspect.getsource(TuneController)
    called = set(re.findall(r"self\._actor_manager\.(\w+)", source))
    # `_actor_task_events` is for the export of models, which no search asks for.
    strange = {
        name
        for name in called - {"_actor_task_events"}
        if not hasattr(VirtualActorManager, name) and name not in _ATTRIBUTES
    }
    if strange:
        return f"its controller uses '{sorted(strange)[0]}' of the actor manager"
    for name in ("add_actor", "remove_actor", "schedule_actor_task", "next"):
        known = set(inspect.signature(getattr(VirtualActorManager, name)).parameters)
        theirs = set(inspect.signature(getattr(RayActorManager, name)).parameters)
        if theirs != known:
            return f"the actor manager's '{name}' takes other arguments"
    if set(inspect.signature(_FutureTrainingResult.resolve).parameters) != {"self", "block"}:
        return "a state that is awaited takes other arguments"
    for name in ("step", "is_finished", "on_step_begin", "checkpoint", "end_experiment_callbacks"):
        if not callable(getattr(TuneController, name, None)):
            return f"its controller has no '{name}'"
    return None


_ATTRIBUTES = frozenset({"_live_actors_to_ray_actors_resources"})
