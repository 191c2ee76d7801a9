"""Records what Tune decides about trials, which their actors do not learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.experiment import Trial

from backends.ray.trial_config import trial_id_of
from harness.checkpoints.in_flight import TrialStates
from harness.records.recorder import DriverRecorder
from harness.trial import REOPENED

STOP_REASONS = {"asha": "rung", "bohb": "bracket"}
"""Why an algorithm's scheduler stops a trial."""

_OUT_OF_MEMORY = "running low on memory"
"""What Ray's own text says where it ended a process to save the machine's memory."""


class DecisionRecorder(tune.Callback):
    """Records the trials that Tune stops or loses.

    Parameters
    ----------
    driver
        The driver's record.
    states
        The states of the trials in flight.
    algorithm
        The search's algorithm.
    cut_off
        Returns why the search ends before its trials do, or None while it does not.
    """

    def __init__(
        self,
        driver: DriverRecorder,
        states: TrialStates,
        algorithm: str,
        cut_off: Callable[[], str | None],
    ) -> None:
        self._driver = driver
        self._states = states
        self._reason = STOP_REASONS.get(algorithm, "engine")
        self._cut_off = cut_off
        self._closed: set[str] = set()

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Record a trial that was stopped, unless its actor recorded its end."""
        told = trial.last_result.get("stop_reason")
        self._close(trial, told or self._stop_reason())

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Record a trial whose process died once more than it may."""
        trial_id = trial_id_of(trial.config)
        self._closed.add(trial_id)
        error = _error_text(trial)
        told = [line for line in error.splitlines() if _OUT_OF_MEMORY in line]
        if told:
            # Pages of advice follow.
            self._driver.trial_lost(trial_id, told[-1], "out-of-memory")
        else:
            self._driver.trial_lost(trial_id, error, "worker")

    def on_experiment_end(self, trials: list[Trial], **info: Any) -> None:
        """Record the end of trials that Tune left paused or under way."""
        for trial in trials:
            self._close(trial, self._cut_off() or self._reason)

    def _stop_reason(self) -> str:
        # A bracket that is cut off judges its trials before all of them are there.
        judged_early = self._cut_off() if self._reason == "bracket" else None
        return judged_early or self._reason

    def _close(self, trial: Trial, reason: str) -> None:
        trial_id = trial_id_of(trial.config)
        if trial_id in self._closed:
            return
        self._closed.add(trial_id)
        if not trial.last_result.get("ended", False):
            self._driver.trial_stopped(trial_id, reason)
            if reason not in REOPENED:
                self._states.forget(trial_id)


def _error_text(trial: Trial) -> str:
    path = trial.error_file
    return (
        Path(path).read_text(encoding="utf-8")
        if path
        else "The process that trained the trial died."
    )
