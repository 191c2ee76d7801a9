"""Virtual time: a clock that moves from event to event, and one for each slot."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class VirtualClock:
    """Time that passes only when `advance` is called.

    Events come in the order of time, then of slot, then of the moment they were
    announced, so that a search is the same each time, ties included.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.events = 0
        self._queue: list[tuple[float, int, int, Callable[[], None]]] = []
        self._sequence = count()

    def __call__(self) -> float:
        """Return the virtual seconds since t = 0."""
        return self.now

    def at(self, time: float, slot: int, action: Callable[[], None]) -> None:
        """Have `action` called when the clock shows `time`.

        Parameters
        ----------
        time
            In virtual seconds; not before now.
        slot
            Decides between events of one time.
        action
            What happens.
        """
        heapq.heappush(self._queue, (time, slot, next(self._sequence), action))

    def block_until(self, time: float) -> None:
        """Let time pass while the engine waits for one thing, and does nothing else.

        What happens meanwhile, the engine hears of then.
        """
        self.now = max(self.now, time)

    def advance(self) -> bool:
        """Go to the next event and let it happen; return False if there is none.

        Call it only when the engine has nothing left to start.
        """
        if not self._queue:
            return False
        time, _slot, _sequence, action = heapq.heappop(self._queue)
        self.now = max(self.now, time)
        self.events += 1
        action()
        return True


class SlotClock:
    """The time of one slot, which may be ahead while it talks to nobody.

    A slot books what an epoch takes at once, and waits for the others before it
    hears or tells anything.

    Parameters
    ----------
    clock
        The time of the search.
    slot
        The slot's number.
    """

    def __init__(self, clock: VirtualClock, slot: int) -> None:
        self.clock = clock
        self.slot = slot
        self._own = 0.0

    def __call__(self) -> float:
        """Return the slot's time in virtual seconds."""
        return max(self._own, self.clock.now)

    def spend(self, seconds: float) -> None:
        """Let time pass for this slot alone."""
        self._own = self() + seconds

    @property
    def is_ahead(self) -> bool:
        """Whether the others have not come to this slot's time yet."""
        return self._own > self.clock.now

    def then(self, action: Callable[[], None]) -> None:
        """Have `action` called when the search comes to this slot's time."""
        self.clock.at(self(), self.slot, action)
