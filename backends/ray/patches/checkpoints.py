"""A patch of where Tune's trainables write their checkpoints."""

from __future__ import annotations

from typing import Any

from ray import tune
from ray.train._internal.session import _TrainingResult

from backends.ray.checkpoint_directories import STATE_FILE, checkpoint_directory
from backends.ray.trainable import SlotTrainable


class SavesInPlace(SlotTrainable):
    """A trainable that writes each checkpoint once, where it stays.

    The inherited method writes into a temporary directory and copies from there
    (upstream: https://github.com/ray-project/ray/pull/38382).
    """

    def save(self, checkpoint_dir: str | None = None) -> _TrainingResult:
        """Write the state of the trial at hand; one that is over has nothing to save."""
        metrics: dict[str, Any] = dict(self._last_result or {})
        run = self._run
        if run is None or run.ended:
            return _TrainingResult(checkpoint=None, metrics=metrics)
        directory = checkpoint_directory(self.work.checkpoints, run.trial.trial_id, run.epoch)
        run.save(directory / STATE_FILE)
        return _TrainingResult(tune.Checkpoint.from_directory(directory), metrics)
