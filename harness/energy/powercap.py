"""Reads the energy counters of processors: RAPL, below Linux' powercap file system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
"""Where Linux shows the counters; reading them may take a right that a user lacks."""

_MICRO = 1e-6


@dataclass
class Counter:
    """The counter of one processor package.

    Attributes
    ----------
    folder
        Holds ``energy_uj``, and ``max_energy_range_uj``, beyond which it begins anew.
    range_uj
        That range.
    last_uj
        What it showed last.
    joules
        What it has counted since.
    """

    folder: Path
    range_uj: int
    last_uj: int
    joules: float = 0.0

    def update(self) -> None:
        """Add what it has counted since the last look, of which it has wrapped once at most.

        Raises
        ------
        OSError, ValueError
            If it cannot be read any more.
        """
        now = _read(self.folder / "energy_uj")
        self.joules += _MICRO * ((now - self.last_uj) % (self.range_uj + 1))
        self.last_uj = now


@dataclass
class PowercapMeter:
    """The counters of all packages of a machine, from its making on.

    Attributes
    ----------
    counters
        The counters; empty where the machine shows none.
    whole
        Whether every look could read all of them.
    """

    counters: Sequence[Counter]
    whole: bool = field(default=True)

    @property
    def found(self) -> bool:
        """Whether the machine shows counters."""
        return bool(self.counters)

    @property
    def joules(self) -> float | None:
        """What the packages took; None without counters, or where a look failed."""
        if not self.counters or not self.whole:
            return None
        return sum(counter.joules for counter in self.counters)

    def update(self) -> None:
        """Look at the counters; it must happen before one can have wrapped twice."""
        for counter in self.counters:
            try:
                counter.update()
            except (OSError, ValueError):
                # What was counted in between is not known, and is not guessed.
                self.whole = False


def open_meter(root: Path = POWERCAP) -> PowercapMeter:
    """Return a meter of the packages below a powercap tree.

    The domains within a package (cores, memory) are parts of it or stand on boards that do
    not have them; only packages are counted. A machine that shows some of its packages and
    hides others has no number.
    """
    counters = []
    for folder in sorted(root.glob("*-rapl:*")):
        if folder.name.count(":") != 1 or not _is_package(folder):
            continue
        try:
            largest, now = (_read(folder / n) for n in ("max_energy_range_uj", "energy_uj"))
        except (OSError, ValueError):
            return PowercapMeter((), whole=False)
        counters.append(Counter(folder, largest, now))
    return PowercapMeter(counters)


def _is_package(folder: Path) -> bool:
    try:
        return (folder / "name").read_text(encoding="ascii").startswith("package")
    except (OSError, UnicodeDecodeError):
        return False


def _read(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))
