"""The actor manager of a replay: it hands out answers in the order of virtual time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ray.air.execution._internal.tracked_actor import TrackedActor

from backends.ray.virtual_actors import VirtualSlots
from harness.replay.clock import SlotClock

Callback = Callable[..., Any] | None


@dataclass
class Answer:
    """Stands for Tune's future of what an actor answers.

    Attributes
    ----------
    value
        The answer.
    slot
        The time of the slot that answers.
    is_wanted
        Whether anybody waits for it.
    """

    value: Any
    slot: SlotClock
    is_wanted: bool = True

    def __post_init__(self) -> None:
        self._comes = self.slot()

    def awaited(self) -> Any:
        """Return the answer once it has come; who asks does nothing else meanwhile."""
        self.slot.clock.block_until(self._comes)
        return self.value


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
            slot.time.then(partial(self._started, actor))

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
        answer = Answer(getattr(slot, method_name)(*(args or ()), **(kwargs or {})), slot.time)
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
