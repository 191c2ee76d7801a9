"""Estimates how long the rest of a study takes, from the cells that are done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from harness.study.grid import Cell

_KINDS: tuple[tuple[str, ...], ...] = (
    ("workload", "backend", "algo", "precision"),
    ("workload", "algo"),
    ("workload",),
    (),
)
"""What makes two cells alike, closest first; they may differ in all else."""


class TimeLeft:
    """Durations of cells, remembered by what the cells have in common."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, ...], list[float]] = defaultdict(list)

    def add(self, cell: Cell, seconds: float) -> None:
        """Remember that a cell took `seconds`."""
        for kind in _KINDS:
            self._durations[_key(cell, kind)].append(seconds)

    def of(self, cells: Iterable[Cell]) -> float | None:
        """Return the seconds that `cells` will take one after the other; None if unknown."""
        total = 0.0
        for cell in cells:
            expected = self._expected(cell)
            if expected is None:
                return None
            total += expected
        return total

    def _expected(self, cell: Cell) -> float | None:
        for kind in _KINDS:
            durations = self._durations.get(_key(cell, kind))
            if durations:
                return sum(durations) / len(durations)
        return None


def _key(cell: Cell, kind: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}={getattr(cell.config, name)}" for name in kind)


def in_words(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
