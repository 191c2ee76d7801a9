"""The conditions under which the rows of the table are measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Conditions:
    """What a row is measured with.

    Attributes
    ----------
    data
        The root of the data sets.
    scratch
        An empty directory for run directories.
    rounds
        How often what takes turns is repeated.
    quick
        Whether the smallest sizes will do: they show that a row works, not its number.
    device
        ``"cpu"`` or ``"cuda"``: what `amp-search` trains on.
    """

    data: Path
    scratch: Path
    rounds: int
    quick: bool
    device: str = "cpu"
