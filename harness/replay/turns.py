"""Threads that take turns in virtual time: the one whose slot is next runs, alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from harness.replay.clock import SlotClock, VirtualClock

STACK_BYTES = 1024 * 1024
"""Memory a thread may use for its calls; what it does not touch costs nothing."""


class Abandoned(BaseException):
    """Another thread failed. No error: an engine's own handlers are not to catch it."""


class Turns:
    """Runs one thread a slot, exactly one at a time, in the order of virtual time.

    Parameters
    ----------
    clock
        The time of the search.
    slots
        The time of each thread.
    """

    def __init__(self, clock: VirtualClock, slots: Sequence[SlotClock]) -> None:
        self._clock = clock
        self._slots = slots
        self._gates = [threading.Lock() for _ in slots]
        self._over = threading.Lock()
        self._left = len(slots)
        self._next: int | None = None
        self._error: BaseException | None = None

    def run(self, bodies: Sequence[Callable[[], None]]) -> None:
        """Run a body for each slot, and return when all are over.

        Raises
        ------
        BaseException
            What the first body raised; the others are abandoned.
        RuntimeError
            If all wait and nobody is left to wake them.
        """
        for gate in (*self._gates, self._over):
            gate.acquire()
        before = threading.stack_size(STACK_BYTES)
        try:
            threads = [
                threading.Thread(target=self._live, args=(place, body), daemon=True)
                for place, body in enumerate(bodies)
            ]
            for place, thread in enumerate(threads):
                thread.start()
                self.wake(place)
        finally:
            threading.stack_size(before)
        self._pass_on()
        self._over.acquire()
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def settle(self, place: int) -> None:
        """Wait until all others have come to the time of the thread that calls."""
        if self._slots[place].is_ahead:
            self.wake(place)
            self.park(place)

    def wake(self, place: int) -> None:
        """Have a thread that waits go on at its slot's time."""
        self._slots[place].then(lambda: self._choose(place))

    def park(self, place: int) -> None:
        """Let the others run until the thread that calls is woken."""
        if self._choose_next() != place:
            self._open(self._next)
            self._gates[place].acquire()
        if self._error is not None:
            raise Abandoned

    def _choose(self, place: int) -> None:
        self._next = place

    def _choose_next(self) -> int | None:
        self._next = None
        if not self._clock.advance() and self._left:
            self._fail(RuntimeError("all slots wait, and nothing is left to happen"))
        return self._next

    def _open(self, place: int | None) -> None:
        if place is not None:
            self._gates[place].release()

    def _pass_on(self) -> None:
        self._open(self._choose_next())

    def _live(self, place: int, body: Callable[[], None]) -> None:
        self._gates[place].acquire()
        try:
            if self._error is None:
                body()
        except Abandoned:
            pass
        except BaseException as error:
            self._fail(error)
        self._left -= 1
        if self._left == 0:
            self._over.release()
        elif self._error is None:
            self._pass_on()

    def _fail(self, error: BaseException) -> None:
        """Note the first error, and let all threads end."""
        if self._error is None:
            self._error = error
            for gate in self._gates:
                if gate.locked():
                    gate.release()
