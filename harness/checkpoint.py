"""Checkpoints: a trial's state on disk, whole or absent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Checkpoint:
    """The state of a trial after an epoch.

    Attributes
    ----------
    trial_id
        Whose state it is: a restore into another trial is an exploit.
    epoch
        The last epoch that is in the state.
    config
        The configuration it was trained with last.
    best_value, best_epoch
        The trial's best validation value up to `epoch`.
    training
        The training's own state (`Training.state_dict`).
    """

    trial_id: str
    epoch: int
    config: Mapping[str, Any]
    best_value: float
    best_epoch: int
    training: Mapping[str, Any]


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; it appears under `path` only when it is complete.

    Raises
    ------
    OSError
        If the file system refuses the write.
    """
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        torch.save({**vars(checkpoint), "config": dict(checkpoint.config)}, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without executing code from it.

    Raises
    ------
    OSError
        If the file cannot be read.
    RuntimeError, pickle.UnpicklingError
        If the file is damaged or holds anything but tensors and plain values.
    """
    import torch

    return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))


def snapshot(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a state that later training does not change."""
    return {key: _snapshot(value) for key, value in state.items()}


def _snapshot(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return snapshot(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_snapshot(item) for item in value)
    return value
