"""Which package's entry point a plugin's name stands for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from harness.errors import RequestError
from harness.machine.installation import OWN_PACKAGE

BACKENDS = "harness.backends"
WORKLOADS = "harness.workloads"
KINDS = {BACKENDS: "backend", WORKLOADS: "workload"}
"""Entry-point groups, and what their entries are called."""


def registered(group: str) -> Mapping[str, Sequence[EntryPoint]]:
    """Return the different entry points of each name in a group, sorted by name."""
    return _registered(entry_points, group, tuple(map(_changed, sys.path)))


@lru_cache(maxsize=8)
def _registered(
    read: Callable[..., Iterable[EntryPoint]], group: str, places: tuple[tuple[str, int], ...]
) -> Mapping[str, Sequence[EntryPoint]]:
    # To read the metadata of all installed packages takes tens of milliseconds, and a study
    # asks for each of its cells; what is installed or removed changes one of the places.
    found: dict[str, list[EntryPoint]] = {}
    for entry in sorted(read(group=group), key=lambda entry: entry.name):
        others = found.setdefault(entry.name, [])
        if entry.value not in {other.value for other in others}:
            others.append(entry)
    return found


def _changed(place: str) -> tuple[str, int]:
    """Return a directory of packages, and when one came or went."""
    try:
        return place, Path(place).stat().st_mtime_ns
    except OSError:
        return place, 0


def entry_of(group: str, name: str, entries: Sequence[EntryPoint]) -> EntryPoint:
    """Return the entry point that a name stands for: the harness' own, or the only one.

    Raises
    ------
    RequestError
        If several packages register the name, and none of them is the harness.
    """
    own = [entry for entry in entries if package_of(entry) == OWN_PACKAGE]
    if own or len(entries) == 1:
        return (own or list(entries))[0]
    claims = " and ".join(f"{package_of(entry)} ({entry.value})" for entry in entries)
    raise RequestError(
        f"The {KINDS[group]} '{name}' is registered by {claims}. Uninstall all but one, or name "
        "the class by its import path."
    )


def ignored_entries(group: str) -> list[str]:
    """Return one line for each entry point whose name is the harness' own."""
    lines = []
    for name, entries in registered(group).items():
        if not any(package_of(entry) == OWN_PACKAGE for entry in entries):
            continue
        lines += [
            f"The {KINDS[group]} '{name}' of {package_of(entry)} is ignored: the name is "
            f"{OWN_PACKAGE}'s own. Its import path {entry.value} still names it."
            for entry in entries
            if package_of(entry) != OWN_PACKAGE
        ]
    return lines


def package_of(entry: EntryPoint) -> str:
    """Return the distribution that registers an entry point."""
    return "an unknown package" if entry.dist is None else entry.dist.name
