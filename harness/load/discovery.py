"""Finds the run directories below some paths, and names what cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.errors import RequestError
from harness.load.recorded_run import (
    RecordedRun,
    UnusableRun,
    incompleteness,
    read_recorded_run,
)
from harness.load.table_checks import TABLES
from harness.load.virtual import APART, apart

_RUN_ENTRIES = (
    "run.yaml",
    "summary.json",
    "environment.json",
    "events",
    *(f"{name}.parquet" for name in TABLES),
)


_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Skipped:
    """A directory that was left out.

    Attributes
    ----------
    path
        The directory.
    reason
        Why.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class Discovery:
    """What lies below some paths.

    Attributes
    ----------
    runs
        The whole runs, each once, in the order of their paths.
    skipped
        The directories left out.
    """

    runs: tuple[RecordedRun, ...]
    skipped: tuple[Skipped, ...]

    def without(self, error: UnusableRun) -> Discovery:
        """Return it without a run that cannot be used after all.

        Raises
        ------
        RequestError
            If no run is left.
        """
        skipped = (*self.skipped, Skipped(error.path, error.reason))
        left = tuple(run for run in self.runs if run.path != error.path)
        if not left:
            raise RequestError(_nothing_found(skipped))
        return Discovery(left, skipped)


def discover(paths: Iterable[Path]) -> Discovery:
    """Find and read the runs below `paths`.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them at any depth. A folder
        whose name begins with a dot is looked into only if it is named here.

    Raises
    ------
    RequestError
        If a path does not exist, or there is no whole run below any of them.
    """
    walk = _Walk()
    runs: list[RecordedRun] = []
    skipped: list[Skipped] = []
    originals: dict[str, Path] = {}
    for path in paths:
        _check_path(path)
        for candidate in walk.candidates_in(path):
            outcome = _judge(candidate, originals)
            if isinstance(outcome, Skipped):
                skipped.append(outcome)
            else:
                runs.append(outcome)
                originals[outcome.fingerprint] = candidate
        if not walk.reached_in(path):
            skipped.append(Skipped(path, "there is no run in it"))
    if not runs:
        raise RequestError(_nothing_found(skipped))
    read, virtual = apart(runs)
    skipped += [Skipped(run.path, APART) for run in virtual]
    return Discovery(tuple(read), tuple(skipped))


def read_from(
    found: Discovery, read: Callable[[tuple[RecordedRun, ...]], _Read]
) -> tuple[Discovery, _Read]:
    """Read from all runs; those whose tables break as they are read are left out.

    Footers do not show every damage, and to read all rows for that takes as long as finding
    the runs does.

    Parameters
    ----------
    found
        The runs.
    read
        What to read of them.

    Returns
    -------
    Discovery, object
        The runs that could be read, and what was read of them.

    Raises
    ------
    RequestError
        If no run is left.
    """
    while True:
        try:
            return found, read(found.runs)
        except UnusableRun as error:
            found = found.without(error)


@dataclass
class _Walk:
    visited: set[Path] = field(default_factory=set)
    candidates: set[Path] = field(default_factory=set)

    def candidates_in(self, path: Path) -> Iterator[Path]:
        """Yield the directories that are, or were to become, runs, each once."""
        real = path.resolve()
        if real in self.candidates:
            self.candidates.add(path.absolute())
        if real in self.visited:
            return
        self.visited.add(real)
        if any((path / name).exists() for name in _RUN_ENTRIES):
            self.candidates |= {real, path.absolute()}
            yield path
            return
        for folder in _folders(path):
            yield from self.candidates_in(folder)

    def reached_in(self, path: Path) -> bool:
        """Whether there is a candidate in `path`, by whichever way it was reached."""
        names = {path.resolve(), path.absolute()}
        return any(
            found in names or not names.isdisjoint(found.parents) for found in self.candidates
        )


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(
            entry for entry in path.iterdir() if not entry.name.startswith(".") and entry.is_dir()
        )
    except OSError:
        return []


def _check_path(path: Path) -> None:
    if not path.is_dir():
        what = "is not a directory" if path.exists() else "does not exist"
        raise RequestError(f"The path '{path}' {what}; give run directories or their folders.")


def _judge(path: Path, originals: dict[str, Path]) -> RecordedRun | Skipped:
    try:
        run = read_recorded_run(path)
    except UnusableRun as error:
        return Skipped(path, error.reason)
    reason = incompleteness(run)
    if reason is None and run.fingerprint in originals:
        reason = f"it is a copy of {originals[run.fingerprint]}"
    return run if reason is None else Skipped(path, reason)


def _nothing_found(skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return "There is no run to read; give run directories or folders that contain them."
    first = skipped[0]
    more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return f"There is no whole run to read. Skipped: '{first.path}' ({first.reason}){more}."
