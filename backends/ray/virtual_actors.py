"""Actors of a replay: the slots of a search, in this process and in virtual time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ray.air.execution._internal.tracked_actor import TrackedActor
from ray.train._internal.session import _TrainingResult

from backends.ray.trainable import EPOCH, SlotTrainable, SlotWork
from harness.backend import SearchContext
from harness.checkpoint import Checkpoint
from harness.replay.objective import ReplayObjectiveSpec
from harness.replay.stage import Stage

Callback = Callable[..., Any] | None


@dataclass
class Answer:
    """Stands for Tune's future of what an actor answers.

    Attributes
    ----------
    value
        The answer.
    is_wanted
        Whether anybody waits for it.
    """

    value: Any
    is_wanted: bool = True


@dataclass
class _Pending:
    actor: TrackedActor
    config: dict[str, Any]
    slot: int | None = None
    tasks: set[int] = field(default_factory=set)


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
        slot._reported = {}
        slot.get_auto_filled_metrics = _Remote(lambda **options: {EPOCH: 0})
        return slot

    def close(self) -> None:
        """Leave the trial at hand and close the record."""
        self._suspend()
        self._slot.close()

    def train(self) -> dict[str, Any]:
        """Train one epoch, and report it as Tune wants it."""
        began = self.time()
        result = self.step()
        return {**result, "time_this_iter_s": self.time() - began, "time_total_s": self.time()}

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
        metrics = {EPOCH: run.epoch}
        return _TrainingResult(checkpoint=_HeldState(state), metrics=metrics)

    def restore(self, saved: _TrainingResult) -> None:
        """Go on from a state that a slot has saved."""
        held = saved.checkpoint
        if isinstance(held, _HeldState):
            self._begin(held.state)  # type: ignore[arg-type]

    def reset(self, config: dict[str, Any], **options: Any) -> bool:
        """Leave the trial at hand and turn to another one."""
        return self.reset_config(config)

    def stop(self) -> None:
        """Leave the trial at hand; the slot stays."""
        self._suspend()


class _Remote:
    """A method of an actor that answers at once."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.remote = call


class _HeldState:
    """Stands for Tune's checkpoint: a state in memory."""

    path = "/virtual"
    filesystem = None

    def __init__(self, state: Checkpoint) -> None:
        self.state = state


class VirtualActorManager:
    """Stands where Tune's controller talks to a cluster.

    It has the methods of Ray's `RayActorManager` that the controller calls.
    An actor works at once and answers when the search comes to its slot's time.

    Parameters
    ----------
    slots
        Makes the slots.
    """

    def __init__(self, slots: VirtualSlots) -> None:
        self._slots = slots
        self._clock = slots.stage.clock
        self._free = list(range(len(slots.stage.slots)))
        self._pending: dict[TrackedActor, dict[str, Any]] = {}
        self._numbers: dict[TrackedActor, int] = {}
        self._answers: dict[TrackedActor, set[int]] = {}
        self._wanted: dict[int, Answer] = {}
        self._made = 0
        self._live_actors_to_ray_actors_resources: dict[TrackedActor, tuple[Any, Any]] = {}

    def next(self, timeout: float | None = None) -> bool:
        """Let the next event happen; return False if there is none."""
        self._start_waiting()
        return self._clock.advance()

    def _start_waiting(self) -> None:
        while self._free and self._pending:
            actor = next(iter(self._pending))
            config = self._pending.pop(actor)
            number = heapq.heappop(self._free)
            self._numbers[actor] = number
            slot = self._slots.open(number, config)
            self._live_actors_to_ray_actors_resources[actor] = (slot, None)
            slot.time.then(lambda actor=actor: self._started(actor))

    def _started(self, actor: TrackedActor) -> None:
        if actor in self._numbers and actor._on_start:
            actor._on_start(actor)

    @property
    def num_live_actors(self) -> int:
        """How many slots are held."""
        return len(self._numbers)

    @property
    def num_pending_actors(self) -> int:
        """How many actors wait for a slot."""
        return len(self._pending)

    @property
    def num_total_actors(self) -> int:
        """How many actors there are."""
        return len(self._numbers) + len(self._pending)

    @property
    def num_actor_tasks(self) -> int:
        """How many answers are under way."""
        return len(self._wanted)

    def get_live_actors_resources(self) -> dict[str, float]:
        """Return what the slots take of a cluster."""
        return dict(Counter({"CPU": float(len(self._numbers))}))

    def add_actor(
        self,
        cls: Any,
        kwargs: dict[str, Any],
        resource_request: Any,
        *,
        on_start: Callback = None,
        on_stop: Callback = None,
        on_error: Callback = None,
    ) -> TrackedActor:
        """Have an actor wait for a slot."""
        self._made += 1
        actor = TrackedActor(self._made, on_start=on_start, on_stop=on_stop, on_error=on_error)
        self._pending[actor] = kwargs["config"]
        return actor

    def remove_actor(
        self, tracked_actor: TrackedActor, kill: bool = False, stop_future: Any = None
    ) -> bool:
        """Give an actor's slot back; return whether it had one."""
        if self._pending.pop(tracked_actor, None) is not None:
            return False
        number = self._numbers.pop(tracked_actor, None)
        if number is None:
            return False
        self.clear_actor_task_futures(tracked_actor)
        slot, _ = self._live_actors_to_ray_actors_resources.pop(tracked_actor)
        slot.stop()

        def stopped() -> None:
            heapq.heappush(self._free, number)
            if tracked_actor._on_stop:
                tracked_actor._on_stop(tracked_actor)

        slot.time.then(stopped)
        return True

    def is_actor_started(self, tracked_actor: TrackedActor) -> bool:
        """Whether an actor has a slot."""
        return tracked_actor in self._numbers

    def is_actor_failed(self, tracked_actor: TrackedActor) -> bool:
        """Whether an actor died: none does."""
        return False

    def schedule_actor_task(
        self,
        tracked_actor: TrackedActor,
        method_name: str,
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
        on_result: Callback = None,
        on_error: Callback = None,
        _return_future: bool = False,
    ) -> Answer | None:
        """Have an actor do something; the answer comes at its slot's time."""
        held = self._live_actors_to_ray_actors_resources.get(tracked_actor)
        if held is None:
            return None
        slot = held[0]
        answer = Answer(getattr(slot, method_name)(*(args or ()), **(kwargs or {})))
        task = self._made = self._made + 1
        self._wanted[task] = answer
        self._answers.setdefault(tracked_actor, set()).add(task)

        def answered() -> None:
            if not answer.is_wanted:
                return
            self._wanted.pop(task, None)
            self._answers.get(tracked_actor, set()).discard(task)
            if on_result is not None:
                on_result(tracked_actor, answer.value)

        slot.time.then(answered)
        return answer if _return_future else None

    def clear_actor_task_futures(self, tracked_actor: TrackedActor) -> None:
        """Forget what an actor was asked."""
        for task in self._answers.pop(tracked_actor, set()):
            self._wanted.pop(task).is_wanted = False

    def cleanup(self) -> None:
        """Forget all actors."""
        for actor in list(self._answers):
            self.clear_actor_task_futures(actor)
        self._live_actors_to_ray_actors_resources.clear()
        self._numbers.clear()
        self._pending.clear()
