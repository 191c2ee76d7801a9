"""Tickets: numbers that are drawn once each, on whatever rank is free."""

from __future__ import annotations

from harness.coordination.protocol import NUMBER
from harness.mpi.world import MpiWorld


class Tickets:
    """The numbers 0 … `count` - 1, drawn in order by all ranks of a world.

    Creating it and `free` are collective.

    Parameters
    ----------
    world
        The ranks.
    count
        How many tickets there are.
    """

    def __init__(self, world: MpiWorld, count: int) -> None:
        self._world = world
        self._count = count
        self._cell = world.share(NUMBER.pack(0))

    def draw(self) -> int | None:
        """Return the next number, or None when all are drawn."""
        drawn = self._world.cells.add(self._cell, 1)
        return drawn if drawn < self._count else None

    def free(self) -> None:
        """Give the tickets back."""
        self._world.unshare(self._cell)
