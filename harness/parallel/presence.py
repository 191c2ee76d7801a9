"""What the processes of a trial tell of themselves before they have met."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.coordination.network import Place
from harness.errors import WorkerLost
from harness.records.directory import write_json

RENEWAL_S = 5.0
"""How often a process on its way says that it still is."""

SILENT_S = 50.0
"""How long one may say nothing."""

REACH_S = 30.0
"""How long one that is there may take to be reached."""

LOADING_S = 1800.0
"""How long one may be on its way: it imports, and reads data from a slow file system."""


@dataclass(frozen=True)
class Patience:
    """How long processes wait for one another, in seconds.

    Attributes
    ----------
    silent
        For one that says nothing.
    loading
        For one on its way that says that it still is.
    present
        For one that is there and is still to be reached.
    """

    silent: float = SILENT_S
    loading: float = LOADING_S
    present: float = REACH_S


@dataclass(frozen=True)
class Presence:
    """Where a process is, as it says itself.

    Attributes
    ----------
    host
        Its host.
    renewals
        How often it has said so.
    place
        Where it listens, if it leads and is there.
    secret
        What who connects must know.
    is_there
        Whether it waits for the others.
    """

    host: str
    renewals: int = 0
    place: Place | None = None
    secret: str = ""
    is_there: bool = False


def announce(at: Path, rank: int) -> None:
    """Say that a process is on its way to the others.

    Parameters
    ----------
    at
        A file name that all of them know; files beside it say who is where.
    rank
        Its number.
    """
    at.parent.mkdir(parents=True, exist_ok=True)
    tell(at, rank, Presence(socket.gethostname()))


@contextmanager
def on_its_way(at: Path, rank: int, renewal_s: float = RENEWAL_S) -> Iterator[None]:
    """Say again and again, from a thread, that a process is on its way.

    Parameters
    ----------
    at, rank
        As for `announce`.
    renewal_s
        Seconds between two times.
    """
    announce(at, rank)
    over = threading.Event()

    def renew() -> None:
        presence = Presence(socket.gethostname())
        while not over.wait(renewal_s):
            presence = replace(presence, renewals=presence.renewals + 1)
            tell(at, rank, presence)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def tell(at: Path, rank: int, presence: Presence) -> None:
    """Say where a process is."""
    write_json(_file(at, rank), asdict(presence))


def told(at: Path, rank: int) -> Presence | None:
    """Return what a process said last, or None."""
    try:
        read = json.loads(_file(at, rank).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    place = read.pop("place")
    if place is not None:
        place = Place(place["host"], tuple(place["addresses"]), place["port"])
    return Presence(**read, place=place)


class Watch:
    """Watches, by a clock of this host alone, for a process that others wait for.

    Parameters
    ----------
    at, rank
        As for `announce`.
    patience
        How long it may take.
    clock
        Seconds that never jump.
    """

    def __init__(
        self,
        at: Path,
        rank: int,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at = at
        self._rank = rank
        self._patience = patience
        self._clock = clock
        self._began = self._changed = clock()
        self._last: Presence | None = None

    def look(self) -> Presence | None:
        """Return what the process said last, or None.

        Raises
        ------
        WorkerLost
            If it takes too long; it says which, and where it is.
        """
        now, seen = self._clock(), told(self._at, self._rank)
        if seen != self._last:
            self._last, self._changed = seen, now
        why = self._why_too_long(now - self._began, now - self._changed)
        if why is not None:
            where = "" if seen is None else f" on {seen.host}"
            raise WorkerLost(f"Rank {self._rank} of the trial{where} {why}.")
        return seen

    def _why_too_long(self, waited_s: float, silent_s: float) -> str | None:
        patience, seen = self._patience, self._last
        if seen is None:
            return f"has not come within {waited_s:.0f} s" if waited_s > patience.silent else None
        if seen.is_there:
            return "does not get through" if silent_s > patience.present else None
        if silent_s > patience.silent:
            return f"was on its way and has said nothing for {silent_s:.0f} s"
        if waited_s > patience.loading:
            return f"is still on its way after {waited_s:.0f} s"
        return None


def _file(at: Path, rank: int) -> Path:
    return at.with_name(f"{at.name}-{rank}.json")
