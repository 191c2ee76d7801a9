"""The states on disk that trials in flight go on from, should their processes die."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from harness.checkpoints.file import Checkpoint, is_whole, link_checkpoint, write_checkpoint

KEPT = 2
"""States of a trial that are kept: the newest, and one to fall back on if it is damaged."""


class TrialStates:
    """The last states of every trial in flight, one directory a trial.

    Parameters
    ----------
    directory
        Where they lie; every process of a search can reach it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, trial_id: str, epoch: int) -> Path:
        """Return the file of a trial's state after an epoch."""
        return self._directory / trial_id / f"{epoch:06d}.pt"

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a state, and remove those that it makes superfluous.

        Raises
        ------
        OSError
            If the file system refuses the write.
        """
        path = self.path(checkpoint.trial_id, checkpoint.epoch)
        write_checkpoint(checkpoint, path)
        self._prune(checkpoint.trial_id)
        return path

    def inherit(self, source: Path, trial_id: str, epoch: int) -> None:
        """Keep another trial's state, which `trial_id` begins from, under its own name.

        Raises
        ------
        OSError
            If the state is gone, or the file system refuses.
        """
        link_checkpoint(source, self.path(trial_id, epoch))

    def of(self, trial_id: str) -> list[Path]:
        """Return the files of a trial's states, the newest first."""
        return sorted((self._directory / trial_id).glob("[0-9]*.pt"), reverse=True)

    def whole(self, trial_id: str) -> Iterator[tuple[int, Path]]:
        """Yield epoch and file of each undamaged state of a trial, the newest first."""
        for path in self.of(trial_id):
            if is_whole(path):
                yield int(path.stem), path

    def forget(self, trial_id: str) -> None:
        """Remove the states of a trial that is over."""
        shutil.rmtree(self._directory / trial_id, ignore_errors=True)

    def give_up(self, trial_id: str) -> None:
        """Mark a trial as one that hung, so that no process takes it up again."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._given_up(trial_id).touch()

    def was_given_up(self, trial_id: str) -> bool:
        """Whether a trial hung and its process was ended for it."""
        return self._given_up(trial_id).exists()

    def given_up(self) -> frozenset[str]:
        """Return the trials that hung."""
        return frozenset(path.stem for path in self._directory.glob("*.given-up"))

    def _given_up(self, trial_id: str) -> Path:
        return self._directory / f"{trial_id}.given-up"

    def forget_all(self) -> None:
        """Remove every state: the search is complete."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _prune(self, trial_id: str) -> None:
        for path in self.of(trial_id)[KEPT:]:
            path.unlink(missing_ok=True)
