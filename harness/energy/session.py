"""The joules of a run: measured in every session, or not told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.energy.powercap import POWERCAP, PowercapMeter, open_meter
from harness.records.directory import write_json

EVERY_S = 20.0
"""Seconds between two looks: a package of 500 W wraps no sooner than after two minutes."""

ENERGY_FILE = "energy.json"
"""What each session took, in the run directory."""


@contextmanager
def metered(directory: Path, root: Path = POWERCAP, every_s: float = EVERY_S) -> Iterator[None]:
    """Measure what the packages of this machine take meanwhile, and add it to a run's file.

    Parameters
    ----------
    directory
        The run directory; nothing is written where the machine has no counters.
    root
        The powercap tree.
    every_s
        Seconds between two looks.
    """
    meter = open_meter(root)
    if not meter.counters:
        yield
        return
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(meter, ended, every_s), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()
        meter.update()
        write_json(directory / ENERGY_FILE, {"joules": [*_measured(directory), meter.joules]})


def _watch(meter: PowercapMeter, ended: threading.Event, every_s: float) -> None:
    while not ended.wait(every_s):
        meter.update()


def joules_of(directory: Path, sessions: int) -> float | None:
    """Return what all sessions of a run took; None if one of them was not measured whole."""
    measured = [joules for joules in _measured(directory) if joules is not None]
    return sum(measured) if len(measured) == sessions else None


def _measured(directory: Path) -> list[float | None]:
    try:
        content = json.loads((directory / ENERGY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return list(content["joules"])
