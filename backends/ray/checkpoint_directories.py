"""Names Tune's checkpoints: a directory each, that holds a trial's state."""

from __future__ import annotations

from pathlib import Path

from backends.ray.options import ENGINE_FILES
from harness.backend import SearchContext

STATE_FILE = "state.pt"
"""The one file in a checkpoint's directory."""


def tune_checkpoints(context: SearchContext) -> Path:
    """Return where Tune's checkpoints lie while a search runs."""
    return context.directory / ENGINE_FILES / "checkpoints"


def checkpoint_directory(checkpoints: Path, trial_id: str, epoch: int) -> Path:
    """Return the directory of a trial's checkpoint after an epoch."""
    return checkpoints / f"{trial_id}-{epoch:04d}"


def trial_and_epoch(directory: Path) -> tuple[str, int]:
    """Return whose checkpoint a directory holds, and after which epoch."""
    trial_id, _, epoch = directory.name.rpartition("-")
    return trial_id, int(epoch)
