"""What a backend replays a search on: virtual time, slots and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.replay.clock import SlotClock, VirtualClock
from harness.replay.costs import ReplayCosts


@dataclass
class Stage:
    """The virtual machine of one search.

    Attributes
    ----------
    clock
        The time of the search.
    slots
        The time of each slot, by its number.
    costs
        What engine and machine take.
    """

    clock: VirtualClock
    slots: list[SlotClock]
    costs: ReplayCosts
    _engine_free: float = field(default=0.0, repr=False)

    def hand_out(self, slot: SlotClock) -> None:
        """Have a slot wait until the engine has handed a trial to it.

        An engine hands out one trial after the other, so many slots wait for it.
        """
        begin = max(slot(), self._engine_free)
        self._engine_free = begin + self.costs.suggestion_s
        slot.spend(self._engine_free - slot())


def build_stage(workers: int, costs: ReplayCosts) -> Stage:
    """Return a stage with all its slots at t = 0."""
    clock = VirtualClock()
    return Stage(clock, [SlotClock(clock, slot) for slot in range(workers)], costs)
