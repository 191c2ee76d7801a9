"""Actors of a replay: the slots of a search, in this process and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray.train._internal.session import _TrainingResult

from backends.ray.checkpoint_directories import checkpoint_directory
from backends.ray.trainable import EPOCH, SlotTrainable, SlotWork
from harness.backend import SearchContext
from harness.checkpoints.file import Checkpoint
from harness.replay.clock import SlotClock
from harness.replay.objective import ReplayObjectiveSpec
from harness.replay.stage import Stage


class VirtualSlots:
    """Makes the slots of a search, each once.

    Parameters
    ----------
    context
        The search.
    stage
        The virtual machine.
    work
        What all slots need.
    """

    def __init__(self, context: SearchContext, stage: Stage, work: SlotWork) -> None:
        self.stage = stage
        self._context = context
        self._work = work
        self._made: dict[int, VirtualTrainable] = {}

    def open(self, number: int, config: dict[str, Any]) -> VirtualTrainable:
        """Return a slot that turns to a trial."""
        if number not in self._made:
            self._made[number] = VirtualTrainable.on(number, self._context, self.stage, self._work)
        slot = self._made[number]
        slot.reset_config(config)
        return slot

    def close(self) -> None:
        """Close the records of all slots."""
        for slot in self._made.values():
            slot.close()


class VirtualTrainable(SlotTrainable):
    """A slot without a process; it does what `SlotTrainable` does."""

    get_auto_filled_metrics: Any
    time: SlotClock
    _told: dict[str, Any]

    @classmethod
    def on(
        cls, number: int, context: SearchContext, stage: Stage, work: SlotWork
    ) -> VirtualTrainable:
        """Return a new slot."""
        slot = object.__new__(cls)
        slot.work = work  # type: ignore[misc]
        slot.time = stage.slots[number]
        objective = context.objective
        if not isinstance(objective, ReplayObjectiveSpec):
            raise TypeError("a replay needs an objective of its own")
        slot._objective = objective.on(number).prepare()
        slot._slot = context.recorder.open_slot(number, slot.time)
        slot._run = slot._failure = slot._followers = None
        slot._reported, slot._told = {}, {}
        slot.get_auto_filled_metrics = _Remote(lambda **options: {EPOCH: 0})
        return slot

    def close(self) -> None:
        """Leave the trial at hand and close the record."""
        self._suspend()
        self._slot.close()

    def train(self) -> dict[str, Any]:
        """Train one epoch, and report it as Tune wants it."""
        began = self.time()
        self._told = self.step()
        times = {"time_this_iter_s": self.time() - began, "time_total_s": self.time()}
        return {**self._told, **times}

    def save(self, checkpoint_dir: str | None = None) -> _TrainingResult:
        """Return the state after the last epoch."""
        run = self._run
        if run is None or run.ended:
            return _TrainingResult(checkpoint=None, metrics={})
        self._slot.ledger.enter("checkpoint_save", run.trial.trial_id)
        state = run._checkpoint()
        seconds = self._slot.ledger.enter("idle", run.trial.trial_id)
        self._slot.checkpoint_saved(run.trial.trial_id, run.epoch, seconds)
        self._slot.flush()
        metrics = {**self._told, EPOCH: run.epoch}
        held: Any = _HeldState(state, self.work.checkpoints)
        return _TrainingResult(checkpoint=held, metrics=metrics)

    def restore(self, saved: Any) -> None:
        """Go on from a state that a slot has saved."""
        held: Any = saved.checkpoint
        if isinstance(held, _HeldState):
            state: Any = held.state
            self._begin(state)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Leave the trial at hand and turn to another one, of which nothing is told yet."""
        self._told = {}
        return super().reset_config(new_config)

    def reset(self, new_config: Any, storage: Any = None, **options: Any) -> Any:
        """Leave the trial at hand and turn to another one."""
        return self.reset_config(new_config)

    def stop(self) -> None:
        """Leave the trial at hand; the slot stays."""
        self._suspend()


class _Remote:
    """A method of an actor that answers at once."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.remote = call


class _HeldState:
    """Stands for Tune's checkpoint: a state in memory."""

    filesystem = None

    def __init__(self, state: Checkpoint, checkpoints: Path) -> None:
        self.state = state
        # Where it would lie; its name says whose it is.
        self.path = str(checkpoint_directory(checkpoints, state.trial_id, state.epoch))
