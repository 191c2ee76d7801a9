"""What measures energy: counters that are looked at now and then."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Some counters of a machine, from the meter's making on."""

    @property
    def found(self) -> bool:
        """Whether the machine has such counters."""

    @property
    def joules(self) -> float | None:
        """What was counted; None without counters, or where a part of it is not known."""

    def update(self) -> None:
        """Look at the counters."""
