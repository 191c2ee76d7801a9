"""Takes up trials whose processes died."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.experiment import Trial

from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import KEY, REPORTED, trial_id_of
from harness.records.events import read_events
from harness.records.happenings import EpochTrained, TrialEnded
from harness.records.lines import event_of


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
        own = [
            event_of(line)
            for _writer, line in read_events(self._events)
            if line.get("trial_id") == trial_id
        ]
        ends = (event for event in own if isinstance(event, TrialEnded))
        end = next((event for event in ends if event.status in {"completed", "failed"}), None)
        if end is None:
            return None
        epochs = {event.epoch: event.value for event in own if isinstance(event, EpochTrained)}
        return self._result(end, epochs)

    def _result(self, end: TrialEnded, epochs: Mapping[int, float]) -> dict[str, Any]:
        completed = end.status == "completed"
        last = max(epochs, default=0)
        return {
            EPOCH: last,
            METRIC: epochs[last] if completed else math.nan,
            "ended": True,
            "done": not (completed and self._scheduler_ends),
        }
