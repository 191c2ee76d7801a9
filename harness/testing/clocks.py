"""Clocks that tests read instead of the machine's."""

from __future__ import annotations


class FakeClock:
    """A clock that moves only when it is told to.

    Parameters
    ----------
    now
        What it shows at first, in seconds.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time it shows."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.now += seconds


class TickingClock(FakeClock):
    """A clock that moves on each time it is read, so that every span has a length.

    Parameters
    ----------
    now
        What it shows at first, in seconds.
    tick
        Seconds between two readings.
    """

    def __init__(self, now: float = 1000.0, tick: float = 1.0) -> None:
        super().__init__(now - tick)
        self._tick = tick

    def __call__(self) -> float:
        """Move on by a tick, and return the time."""
        self.advance(self._tick)
        return self.now
