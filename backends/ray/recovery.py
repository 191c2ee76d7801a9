"""Takes up trials whose processes died."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import tune
from ray.air.execution._internal import RayActorManager
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial

from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import KEY, REPORTED, trial_id_of
from harness.records.events import read_events


class RetryingController(TuneController):
    """A controller that retries a trial also when an idle process dies.

    A process that waits for its next trial may be gone when that trial is handed
    to it, which is not the trial's fault. Tune notices it twice, takes the second
    time for another failure, and waits for ever for the process to turn to the
    trial.
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
    memory, and Tune ends the whole search at it.
    """

    def _actor_task_failed(self, tracked_actor_task: Any, exception: Exception) -> None:
        if isinstance(exception, RayError) and not isinstance(exception, RayTaskError):
            exception = _as_actor_error(exception)
        super()._actor_task_failed(tracked_actor_task, exception)


def _as_actor_error(error: RayError) -> RayActorError:
    return error if isinstance(error, RayActorError) else RayActorError(error_msg=str(error))


class EndedTrials(tune.Callback):
    """Keeps a trial from training twice whose process died when the trial was over.

    Parameters
    ----------
    events
        The directory of the event log.
    scheduler_ends
        Whether the scheduler decides that a trial at its last epoch is done.
    """

    def __init__(self, events: Path, scheduler_ends: bool) -> None:
        self._events = events
        self._scheduler_ends = scheduler_ends

    def on_trial_recover(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Have the next process report the end that the last one recorded."""
        ended = self._recorded_end(trial_id_of(trial.config))
        if ended is not None:
            trial.set_config({KEY: {**trial.config[KEY], REPORTED: ended}})

    def _recorded_end(self, trial_id: str) -> dict[str, Any] | None:
        own = [event for _, event in read_events(self._events) if event.get("trial_id") == trial_id]
        ends = [event for event in own if event["event"] == "trial_end"]
        end = next((event for event in ends if event["status"] in {"completed", "failed"}), None)
        if end is None:
            return None
        epochs = {event["epoch"]: event["value"] for event in own if event["event"] == "epoch"}
        return self._result(end, epochs)

    def _result(self, end: Mapping[str, Any], epochs: Mapping[int, float]) -> dict[str, Any]:
        completed = end["status"] == "completed"
        last = max(epochs, default=0)
        return {
            EPOCH: last,
            METRIC: epochs[last] if completed else math.nan,
            "ended": True,
            "done": not (completed and self._scheduler_ends),
        }
