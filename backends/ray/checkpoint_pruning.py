"""Removes checkpoints that no trial can start from any more."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.experiment import Trial

from backends.ray.checkpoint_directories import STATE_FILE


class CheckpointPruner(tune.Callback):
    """Keeps the checkpoint of each unfinished trial, and no other.

    Tune's own ``num_to_keep`` counts per trial. It may delete a donor's
    checkpoint that an exploiting member has yet to load, and keeps those that
    nobody needs. A member that exploits has its donor's checkpoint as its own.

    Parameters
    ----------
    checkpoints
        The directory that holds one directory a checkpoint.
    """

    def __init__(self, checkpoints: Path) -> None:
        self._checkpoints = checkpoints
        self._known: set[Path] = set()

    def on_checkpoint(
        self,
        iteration: int,
        trials: list[Trial],
        trial: Trial,
        checkpoint: tune.Checkpoint,
        **info: Any,
    ) -> None:
        """Learn of a checkpoint that is complete."""
        self._known.add(Path(checkpoint.path))

    def on_trial_save(self, iteration: int, trials: list[Trial], trial: Trial, **info: Any) -> None:
        """Remove what the new checkpoint replaces."""
        self._prune(trials)

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Remove what only this trial needed."""
        self._prune([other for other in trials if other is not trial])

    def on_experiment_end(self, trials: list[Trial], **info: Any) -> None:
        """Remove what is left, also of processes that died while they wrote."""
        for path in self._checkpoints.glob(f"*/{STATE_FILE}"):
            shutil.rmtree(path.parent, ignore_errors=True)

    def _prune(self, trials: list[Trial]) -> None:
        needed = {
            Path(trial.checkpoint.path)
            for trial in trials
            if trial.checkpoint is not None and not trial.is_finished()
        }
        for path in self._known - needed:
            shutil.rmtree(path, ignore_errors=True)
        self._known &= needed
