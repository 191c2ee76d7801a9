"""What a trial keeps of its states in a replay: nothing, but writing them takes time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.checkpoints.file import Checkpoint
from harness.checkpoints.in_flight import TrialStates
from harness.checkpoints.keeping import StateKeeping
from harness.workload import Metric


class VirtualKeeping(StateKeeping):
    """Keeps no states; it says when one would be written, which takes its time.

    Parameters
    ----------
    metric
        What trials are judged by.
    interval
        Epochs between two states.
    given
        The states that an engine asked for, by the name that it gave; all slots share it.
    """

    def __init__(self, metric: Metric, interval: int, given: dict[Path, Checkpoint]) -> None:
        self.best_value = metric.worst
        self.best_epoch = 0
        self._metric = metric
        self._interval = interval
        self._is_due = False
        self._given = given
        self._last: Checkpoint | None = None

    def has_state(self) -> bool:
        """No process left a state."""
        return False

    def was_given_up(self) -> bool:
        """No trial hangs."""
        return False

    def find(self, source: Checkpoint | Path | None) -> Checkpoint | None:
        """Return the state that the engine gives, or names."""
        return source if isinstance(source, Checkpoint) or source is None else self._given[source]

    def note(self, epoch: int, value: float) -> None:
        """Note the value after an epoch."""
        self._is_due = epoch % self._interval == 0
        if self._metric.better(value, self.best_value):
            self.best_value, self.best_epoch = value, epoch

    @property
    def must_secure(self) -> bool:
        """Whether a state would be written now."""
        return self._is_due

    def secure(self, checkpoint: Checkpoint, *, write: bool = False) -> None:
        """Note that the state was written."""
        self._is_due, self._last = False, checkpoint

    def give(self, epoch: int, path: Path) -> None:
        """Give the engine the last state under a name of its own."""
        if self._last is None or self._last.epoch != epoch:
            raise RuntimeError(f"no state was written after epoch {epoch}")
        self._given[path] = self._last

    def publish(self, checkpoint: Any) -> None:
        """Do nothing: there is no state."""

    def forget(self) -> None:
        """Do nothing: there is no state."""

    def discard(self) -> None:
        """Do nothing: there is no state."""

    def give_up(self) -> None:
        """Do nothing: no trial hangs."""


class NoStates(TrialStates):
    """Stands for the files of trials in flight: a replay is not resumed, and has none."""

    def inherit(self, source: Path, trial_id: str, epoch: int) -> None:
        """Do nothing: the trial begins from the state that the engine gives."""

    def of(self, trial_id: str) -> list[Path]:
        """Return nothing."""
        return []

    def forget(self, trial_id: str) -> None:
        """Do nothing."""
