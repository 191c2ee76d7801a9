"""Names Tune's checkpoints: a directory each, that holds a trial's state."""

from __future__ import annotations

from pathlib import Path

from backends.ray.options import ENGINE_FILES
from harness.backend import SearchContext

STATE_FILE = "state.pt"
"""The file of a trial's state in a checkpoint's directory."""

_OWNER_FILE = "trial"


def tune_checkpoints(context: SearchContext) -> Path:
    """Return where Tune's checkpoints lie while a search runs."""
    return context.directory / ENGINE_FILES / "checkpoints"


def checkpoint_directory(checkpoints: Path, trial_id: str, epoch: int) -> Path:
    """Return the directory of a trial's checkpoint after an epoch."""
    return checkpoints / f"{trial_id}-{epoch:04d}"


def note_owner(directory: Path, trial_id: str, epoch: int) -> None:
    """Write into a checkpoint's directory, which Tune names, whose it is."""
    name = checkpoint_directory(directory, trial_id, epoch).name
    (directory / _OWNER_FILE).write_text(name, encoding="utf-8")


def trial_and_epoch(directory: Path) -> tuple[str, int]:
    """Return whose checkpoint a directory holds, and after which epoch."""
    noted = directory / _OWNER_FILE
    name = noted.read_text(encoding="utf-8") if noted.is_file() else directory.name
    trial_id, _, epoch = name.rpartition("-")
    return trial_id, int(epoch)
