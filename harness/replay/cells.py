"""What the ranks of a virtual job share, in memory and in the order of virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from harness.coordination.protocol import NUMBER


class Sharer(Protocol):
    """A rank that shares cells with others."""

    def settle(self) -> None:
        """Wait until all others have come to this rank's time."""

    def sleep_on(self, cell: int) -> None:
        """Wait until another rank has changed a cell."""

    def wake_sleepers(self, cell: int) -> None:
        """Have the ranks that wait for a cell to change go on."""


class MemoryCells:
    """What the ranks share, in memory; stands for `harness.coordination.client.SharedCells`."""

    def __init__(self) -> None:
        self._cells: list[bytes] = []
        self._versions: list[int] = []

    def create(self, content: bytes) -> int:
        """Return the number of a new cell."""
        self._cells.append(content)
        self._versions.append(0)
        return len(self._cells) - 1

    def read(self, cell: int) -> tuple[int, bytes]:
        """Return a cell's version, which each transaction raises, and its content."""
        return self._versions[cell], self._cells[cell]

    def replace(self, cell: int, content: bytes) -> None:
        """Give a cell other content and a new version."""
        self._cells[cell] = content
        self._versions[cell] += 1

    def add(self, cell: int, step: int) -> int:
        """Add to a cell that holds a number; return the number before."""
        before = int(NUMBER.unpack_from(self._cells[cell])[0])
        self._cells[cell] = NUMBER.pack(before + step)
        return before

    def append(self, cell: int, content: bytes) -> bytes:
        """Append to a cell; return its content before."""
        before = self._cells[cell]
        self._cells[cell] = before + content
        return before

    def drop(self, cell: int) -> None:
        """Give a cell back."""
        self._cells[cell] = b""


class SettledCells:
    """The cells as one rank sees them, which first lets the others come to its time."""

    def __init__(self, cells: MemoryCells, rank: Sharer) -> None:
        self._cells = cells
        self._rank = rank

    def create(self, content: bytes) -> int:
        """Return the number of a new cell."""
        return self._cells.create(content)

    def add(self, cell: int, step: int) -> int:
        """Add to a cell that holds a number; return the number before."""
        self._rank.settle()
        return self._cells.add(cell, step)

    def append(self, cell: int, content: bytes) -> bytes:
        """Append to a cell; return its content before."""
        self._rank.settle()
        return self._cells.append(cell, content)

    def read(self, cell: int) -> tuple[int, bytes]:
        """Return a cell's version and its content."""
        self._rank.settle()
        return self._cells.read(cell)

    def await_change(self, cell: int, version: int, timeout_s: float) -> tuple[int, bytes]:
        """Wait for another version, however long: nothing else can happen to who waits."""
        self._rank.settle()
        while self._cells.read(cell)[0] == version:
            self._rank.sleep_on(cell)
        return self._cells.read(cell)

    @contextmanager
    def transaction(self, cell: int) -> Iterator[bytearray]:
        """Give a cell's content to change in place; an exception leaves it as it was."""
        self._rank.settle()
        content = bytearray(self._cells.read(cell)[1])
        yield content
        self._cells.replace(cell, bytes(content))
        self._rank.wake_sleepers(cell)

    def drop(self, cell: int) -> None:
        """Give a cell back."""
        self._cells.drop(cell)
