"""The joules of a run: measured in every session, or not told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.energy.meter import Meter
from harness.records.directory import write_json

EVERY_S = 20.0
"""Seconds between two looks: a package of 500 W wraps no sooner than after two minutes."""

ENERGY_FILE = "energy.json"
"""What each session took, in the run directory."""

PACKAGES, GPUS = "joules", "gpu_joules"
"""What is measured: the processors' packages, and the GPUs."""


@contextmanager
def metered(
    directory: Path, meters: Mapping[str, Meter], every_s: float = EVERY_S
) -> Iterator[None]:
    """Measure what this machine takes meanwhile, and add it to a run's file.

    Parameters
    ----------
    directory
        The run directory; nothing is written where the machine has no counters.
    meters
        What measures, by the name in the file (`PACKAGES`, `GPUS`).
    every_s
        Seconds between two looks.
    """
    found = {name: meter for name, meter in meters.items() if meter.found}
    if not found:
        yield
        return
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=([*found.values()], ended, every_s), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()
        _update(found.values())
        measured = {
            name: [*_measured(directory, name), meter.joules] for name, meter in found.items()
        }
        write_json(directory / ENERGY_FILE, _content(directory) | measured)


def _watch(meters: Sequence[Meter], ended: threading.Event, every_s: float) -> None:
    while not ended.wait(every_s):
        _update(meters)


def _update(meters: Iterable[Meter]) -> None:
    for meter in meters:
        meter.update()


def joules_of(directory: Path, sessions: int, name: str = PACKAGES) -> float | None:
    """Return what all sessions of a run took; None if one of them was not measured whole.

    Parameters
    ----------
    directory
        The run directory.
    sessions
        How many sessions the run had.
    name
        What was measured: `PACKAGES` or `GPUS`.
    """
    measured = [joules for joules in _measured(directory, name) if joules is not None]
    return sum(measured) if len(measured) == sessions else None


def _measured(directory: Path, name: str) -> list[float | None]:
    return list(_content(directory).get(name, []))


def _content(directory: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((directory / ENERGY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content
