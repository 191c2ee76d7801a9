"""Patches of Tune's loop, and of how it takes the end of a process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import ray.tune.tune as tune_run
from ray.air._internal import usage
from ray.air.execution import PlacementGroupResourceManager, ResourceRequest
from ray.air.execution._internal import RayActorManager
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.tune.execution import tune_controller
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial

from backends.ray.replacement import replaced


class RetryingController(TuneController):
    """A controller that retries a trial also when an idle process dies.

    A process that waits for its next trial may be gone when that trial is handed
    to it, which is not the trial's fault. Tune notices it twice, takes the second
    time for another failure, and waits for ever for the process to turn to the
    trial. No thread upstream was found.
    """

    def _actor_failed(self, tracked_actor: Any, exception: Exception) -> None:
        trial = self._actor_to_trial[tracked_actor]
        if trial in self._resetting_trials:
            self._resetting_trials.discard(trial)
            self._unstage_trial_with_resources(trial)
            # The failure of the trial's task comes next; it is retried if it runs.
            self._set_trial_status(trial, Trial.RUNNING)
            trial.run_metadata.num_failures -= 1
        super()._actor_failed(tracked_actor, exception)


class ToleratingManager(RayActorManager):
    """An actor manager that takes every end of a process for one.

    Ray has an error of its own for a process that it killed to save the machine's
    memory, and Tune ends the whole search at it. No thread upstream was found.
    """

    def _actor_task_failed(self, tracked_actor_task: Any, exception: Exception) -> None:
        if isinstance(exception, RayError) and not isinstance(exception, RayTaskError):
            exception = _as_actor_error(exception)
        super()._actor_task_failed(tracked_actor_task, exception)


def _as_actor_error(error: RayError) -> RayActorError:
    return error if isinstance(error, RayActorError) else RayActorError(error_msg=str(error))


@contextmanager
def deaths_retried() -> Iterator[None]:
    """Have Tune take up a trial whose process died, however it died."""
    with (
        replaced(tune_run, "TuneController", RetryingController),
        replaced(tune_controller, "RayActorManager", ToleratingManager),
    ):
        yield


@contextmanager
def callbacks_uncounted() -> Iterator[None]:
    """Keep Tune from counting callbacks, for which it imports MLflow after the clock has started.

    No thread upstream was found.
    """
    with replaced(usage, "tag_callbacks", lambda callbacks: False):
        yield


@contextmanager
def signals_left() -> Iterator[None]:
    """Have Tune leave signals to who called.

    It would take one for a wish to end well, and return as from a whole search.
    Required. Upstream: https://github.com/ray-project/ray/issues/50358; its environment
    variable spares SIGINT and not SIGUSR1.
    """
    with replaced(tune_run, "_setup_signal_catching", threading.Event):
        yield


@contextmanager
def actors_bounded(slots: int) -> Iterator[None]:
    """Have Tune start no more actors than there are slots.

    Tune starts one for each waiting trial as long as the cluster has room, and a
    cluster that others share may have room for more. The members of a population
    all wait from the start, so their number cannot be bounded by handing out
    fewer trials. Required: an actor without a slot would wait for one. No thread
    upstream was found; ``max_concurrent_trials`` counts members that pause.
    """
    bounded = type("Bounded", (BoundedResourceManager,), {"slots": slots})
    with replaced(tune_controller, "PlacementGroupResourceManager", bounded):
        yield


class BoundedResourceManager(PlacementGroupResourceManager):
    """A resource manager that has room for so many actors and no more."""

    slots: ClassVar[int]

    def has_resources_ready(self, resource_request: ResourceRequest) -> bool:
        """Whether another actor may start."""
        if len(self._acquired_pgs) >= self.slots:
            return False
        ready: bool = super().has_resources_ready(resource_request)
        return ready
