"""Records what Tune decides about trials, which their actors do not learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.experiment import Trial

from backends.ray.trial_config import KEY
from harness.recorder import DriverRecorder

STOP_REASONS = {"asha": "rung", "bohb": "bracket"}
"""Why an algorithm's scheduler stops a trial."""


class DecisionRecorder(tune.Callback):
    """Records the trials that Tune stops or loses.

    Parameters
    ----------
    driver
        The driver's record.
    algorithm
        The search's algorithm.
    """

    def __init__(self, driver: DriverRecorder, algorithm: str) -> None:
        self._driver = driver
        self._reason = STOP_REASONS.get(algorithm, "engine")
        self._closed: set[str] = set()

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Record a trial that was stopped, unless its actor recorded its end."""
        self._close(trial, trial.last_result.get("stop_reason") or self._reason)

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Record a trial whose process died."""
        trial_id = trial.config[KEY]["trial_id"]
        self._closed.add(trial_id)
        self._driver.trial_lost(trial_id, _error_text(trial))

    def on_experiment_end(self, trials: list[Trial], **info: Any) -> None:
        """Record the end of trials that Tune left paused or under way."""
        for trial in trials:
            self._close(trial, self._reason)

    def _close(self, trial: Trial, reason: str) -> None:
        trial_id = trial.config[KEY]["trial_id"]
        if trial_id in self._closed:
            return
        self._closed.add(trial_id)
        if not trial.last_result.get("ended", False):
            self._driver.trial_stopped(trial_id, reason)


def _error_text(trial: Trial) -> str:
    path = trial.error_file
    return Path(path).read_text() if path else "The process that trained the trial died."
