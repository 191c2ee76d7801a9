"""What one trial in training keeps of its states: the best one, and the last ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.checkpoints.file import (
    Checkpoint,
    DamagedCheckpoint,
    link_checkpoint,
    read_checkpoint,
    take_snapshot,
)
from harness.checkpoints.in_flight import TrialStates
from harness.checkpoints.incumbent import IncumbentKeeper
from harness.workload import Metric


class StateKeeping:
    """Decides when a trial's live state is written, and writes it once.

    The state after an epoch is put on disk when the trial trains on, not when the
    epoch ends: most trials of a search with early stopping end there, and need none.

    Parameters
    ----------
    trial_id
        The trial.
    metric
        What it is judged by.
    interval
        Epochs between two states on disk.
    incumbents
        The best states of this process.
    states
        The last states of all trials in flight.

    Attributes
    ----------
    best_value, best_epoch
        The trial's best validation value, and when it was.
    """

    def __init__(
        self,
        trial_id: str,
        metric: Metric,
        interval: int,
        incumbents: IncumbentKeeper,
        states: TrialStates,
    ) -> None:
        self.best_value = metric.worst
        self.best_epoch = 0
        self._trial_id = trial_id
        self._metric = metric
        self._interval = interval
        self._incumbents = incumbents
        self._states = states
        self._is_due = False
        self._is_best = False
        self._written_epoch = 0

    def has_state(self) -> bool:
        """Whether an earlier process left a state of this trial."""
        return bool(self._states.of(self._trial_id))

    def find(self, source: Checkpoint | Path | None) -> Checkpoint | None:
        """Return the state to go on from; one that is damaged is passed over for an older.

        Parameters
        ----------
        source
            What the engine gives; None leaves it to the states on disk.

        Raises
        ------
        OSError, DamagedCheckpoint
            If the engine's file cannot be read and there is no other.
        """
        if isinstance(source, Checkpoint):
            return source
        if source is not None:
            try:
                checkpoint = read_checkpoint(source)
            except (OSError, DamagedCheckpoint):
                if not self.has_state():
                    raise
            else:
                if checkpoint.trial_id != self._trial_id:
                    self._states.inherit(source, self._trial_id, checkpoint.epoch)
                return checkpoint
        for path in self._states.of(self._trial_id):
            with suppress(OSError, DamagedCheckpoint):
                return read_checkpoint(path)
        return None

    def note(self, epoch: int, value: float) -> None:
        """Note the value after an epoch."""
        self._is_due = epoch % self._interval == 0
        self._is_best = False
        if self._metric.better(value, self.best_value):
            self.best_value, self.best_epoch = value, epoch
            self._is_best = self._incumbents.would_take(value)

    @property
    def must_secure(self) -> bool:
        """Whether `secure` has something to do before training changes the state."""
        return self._is_due or self._is_best

    def secure(self, checkpoint: Checkpoint, *, write: bool = False) -> None:
        """Put the live state where it is needed: on disk, or the best one in memory.

        Parameters
        ----------
        checkpoint
            The live state.
        write
            Whether it is written even if no interval has ended.

        Raises
        ------
        OSError
            If the file system refuses the write.
        """
        if self._is_due or write:
            self._write(checkpoint)
        elif self._is_best:
            self._incumbents.hold(self.best_value, lambda: take_snapshot(checkpoint))
        self._is_best = self._is_due = False

    def _write(self, checkpoint: Checkpoint) -> None:
        path = self._states.path(self._trial_id, checkpoint.epoch)
        if self._written_epoch != checkpoint.epoch:
            self._states.save(checkpoint)
            self._written_epoch = checkpoint.epoch
        if self._is_best:
            self._incumbents.adopt(self._trial_id, self.best_value, path)
        else:
            self._incumbents.publish()

    def give(self, epoch: int, path: Path) -> None:
        """Give the engine the state that was written after `epoch` under a name of its own."""
        link_checkpoint(self._states.path(self._trial_id, epoch), path)

    def publish(self, live: Callable[[], Checkpoint]) -> None:
        """Write the best state: the trial leaves."""
        if self._is_best:
            # Nothing changes the live state before it is written.
            self._incumbents.hold(self.best_value, live)
            self._is_best = False
        self._incumbents.publish()

    def forget(self) -> None:
        """Remove the last states: the trial is over."""
        self._states.forget(self._trial_id)

    def discard(self) -> None:
        """Remove the best state: the trial failed."""
        self._incumbents.discard(self._trial_id)

    def give_up(self) -> None:
        """Mark the trial as one that hung, so that no process takes it up again."""
        self._states.give_up(self._trial_id)

    def was_given_up(self) -> bool:
        """Whether the trial hung, and its process was ended for it."""
        return self._states.was_given_up(self._trial_id)
