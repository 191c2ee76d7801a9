"""One rank of a trial leads, the others follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.parallel.group import TrialGroup
from harness.trial import Trial
from harness.workload import Configuration, EpochResult, Training

Build = Callable[[Trial], Training]
"""Builds this rank's replica of a trial's training."""

_BUILD = "build"
_END = "end"


class LedTraining(Training):
    """A training of several ranks, seen from the rank that leads.

    Whatever is asked of it, every rank does. Decisions (stop, mutate, restore)
    are taken once, by whoever drives the leader, and are orders to the others.

    Parameters
    ----------
    group
        The ranks.
    build
        Builds the leader's own replica.
    trial
        The trial.
    """

    def __init__(self, group: TrialGroup, build: Build, trial: Trial) -> None:
        self._group = group
        self._replica: Training
        group.broadcast((_BUILD, trial))
        self._replica = _together(group, lambda: build(trial))

    def train_epoch(self) -> EpochResult:
        """Train for one epoch on all ranks."""
        result: EpochResult = self._order("train_epoch")
        return result

    def validate(self) -> float:
        """Return the metric on the whole validation set."""
        value: float = self._order("validate")
        return value

    def test(self) -> float:
        """Return the metric on the whole test set."""
        value: float = self._order("test")
        return value

    def state_dict(self) -> dict[str, Any]:
        """Return the leader's state; the replicas are equal."""
        return self._replica.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state` on all ranks."""
        self._order("load_state_dict", dict(state))

    def reseed(self, seed: int) -> None:
        """Draw from `seed` on all ranks."""
        self._order("reseed", seed)

    def set_hyperparameters(self, config: Configuration) -> None:
        """Change the mutable hyperparameters on all ranks."""
        self._order("set_hyperparameters", dict(config))

    @property
    def parameters(self) -> int:
        """The number of trainable parameters of one replica."""
        return self._replica.parameters

    @property
    def tested_samples(self) -> int | None:
        """On how many samples the replicas took the mean of their test."""
        return self._replica.tested_samples

    def picture(self, path: Path) -> bool:
        """Draw what the leader's replica draws."""
        return self._replica.picture(path)

    def _order(self, method: str, *arguments: Any) -> Any:
        self._group.broadcast((method, arguments))
        return _together(self._group, lambda: getattr(self._replica, method)(*arguments))


def follow(group: TrialGroup, build: Build) -> None:
    """Do what the leader orders, until it ends the group's work.

    Parameters
    ----------
    group
        The ranks.
    build
        Builds this rank's replica.
    """
    replica: Training | None = None
    while True:
        order, arguments = group.broadcast()
        if order == _END:
            return
        try:
            if order == _BUILD:
                replica = None
                replica = _together(group, lambda trial=arguments: build(trial))  # type: ignore[misc]
            else:
                method = getattr(replica, order)
                _together(group, lambda call=method, given=arguments: call(*given))  # type: ignore[misc]
        except Exception:
            # The leader has the same error, and fails the trial.
            continue


def release(group: TrialGroup) -> None:
    """Tell the followers that no further trial comes."""
    group.broadcast((_END, None))


def _together(group: TrialGroup, work: Callable[[], Any]) -> Any:
    """Do the work on this rank, and raise if it failed on any."""
    error: Exception | None = None
    result: Any = None
    try:
        result = work()
    except Exception as raised:
        error = raised
    errors = group.gather(None if error is None else f"{type(error).__name__}: {error}")
    if error is not None:
        raise error
    for rank, other in enumerate(errors):
        if other is not None:
            raise RuntimeError(f"rank {rank} of the trial failed: {other}")
    return result
