"""The incumbent: the state with the best validation value that a process has seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.checkpoints.file import Checkpoint, link_checkpoint, write_checkpoint
from harness.workload import Metric


class IncumbentKeeper:
    """Keeps the states a process may owe the search at its end.

    A state that improves on everything this process has seen is written when
    its trial ends, pauses or reaches a checkpoint, and copied in memory if its
    trial trains on before that. The best state of the search is therefore on
    disk when the search ends, and the number of writes grows with the
    logarithm of the number of trials.

    Parameters
    ----------
    directory
        Where the states go, one file a trial.
    metric
        What better means.
    """

    def __init__(self, directory: Path, metric: Metric) -> None:
        self._directory = directory
        self._metric = metric
        self._values: dict[str, float] = {}
        self._held: Checkpoint | None = None

    def would_take(self, value: float) -> bool:
        """Whether `value` improves on everything seen so far."""
        return all(self._metric.better(value, seen) for seen in self._values.values())

    def hold(self, value: float, take_snapshot: Callable[[], Checkpoint]) -> None:
        """Keep a state in memory, until it is published or another is held."""
        self._held = take_snapshot()
        self._values[self._held.trial_id] = value

    def publish(self) -> None:
        """Write the held state, if there is one."""
        if self._held is not None:
            write_checkpoint(self._held, incumbent_path(self._directory, self._held.trial_id))
            self._held = None

    def adopt(self, trial_id: str, value: float, written: Path) -> None:
        """Take a state that is on disk already."""
        link_checkpoint(written, incumbent_path(self._directory, trial_id))
        self._values[trial_id] = value
        self._held = None

    def discard(self, trial_id: str) -> None:
        """Forget a trial that failed."""
        self._values.pop(trial_id, None)
        if self._held is not None and self._held.trial_id == trial_id:
            self._held = None
        incumbent_path(self._directory, trial_id).unlink(missing_ok=True)


def incumbent_path(directory: Path, trial_id: str) -> Path:
    """Return the file that holds a trial's best state."""
    return directory / f"{trial_id}.pt"


def prune_incumbents(directory: Path, keep: str | None) -> None:
    """Remove every state but that of the trial `keep`."""
    for path in directory.glob("*.pt"):
        if path.stem != keep:
            path.unlink()
