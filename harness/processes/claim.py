"""Claims: a lock file that says which process is at work on something."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

STALE_S = 300.0
"""A claim of another host that was not renewed for so long is given up."""

RENEWAL_S = 30.0
"""How often a claim is renewed."""

WATCHED_S = 1.2 * RENEWAL_S
"""How long a claim of another host that seems old is watched: that host's clock may be wrong."""


@dataclass(frozen=True)
class Holder:
    """The process that holds a claim.

    Attributes
    ----------
    host, pid
        Where it runs.
    created
        Unix time at which the process was created: process numbers come again.
    numbered_by
        What gives out process numbers there: two containers may have one name and the
        same numbers. Empty in what an earlier version wrote.
    """

    host: str
    pid: int
    created: float
    numbered_by: str = ""

    @classmethod
    def this_process(cls) -> Holder:
        """Return the process that asks."""
        created = psutil.Process().create_time()
        return cls(socket.gethostname(), os.getpid(), created, _numbering())

    def __str__(self) -> str:
        """Return it as part of a sentence."""
        return f"process {self.pid} on {self.host}"

    @property
    def is_here(self) -> bool:
        """Whether this process would see it, if it lives."""
        return self.host == socket.gethostname() and self.numbered_by in ("", _numbering())

    def is_alive_here(self) -> bool:
        """Whether this is a living process of this host."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1.0
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


UNKNOWN = Holder("an unknown host", 0, 0.0)


class Claim:
    """A claim that this process holds.

    Parameters
    ----------
    path
        The lock file.
    holder
        This process.
    """

    def __init__(self, path: Path, holder: Holder) -> None:
        self._path = path
        self._holder = holder
        self._renewed = time.monotonic()

    def renew(self, every_s: float = RENEWAL_S) -> None:
        """Show that this process lives; cheap enough to call often."""
        if time.monotonic() - self._renewed < every_s:
            return
        self._renewed = time.monotonic()
        with suppress(OSError):
            os.utime(self._path)

    def release(self) -> None:
        """Give the claim up, unless somebody has taken it over meanwhile."""
        if _read(self._path) == self._holder:
            with suppress(FileNotFoundError):
                self._path.unlink()


def claim(path: Path, watched_s: float = WATCHED_S) -> Claim | Holder:
    """Claim what the lock file `path` stands for.

    Parameters
    ----------
    path
        The lock file.
    watched_s
        How long a claim of another host that seems old may go without a renewal.

    Returns
    -------
    Claim or Holder
        The claim, or who holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if _age(path) is not None and holder_of(path) is None and _is_renewed(path, watched_s):
        return _read(path) or UNKNOWN
    with _one_at_a_time(path.parent):
        holder = holder_of(path)
        if holder is not None:
            return holder
        path.unlink(missing_ok=True)
        mine = Holder.this_process()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return holder_of(path) or UNKNOWN
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(mine), file)
        return Claim(path, mine)


def holder_of(path: Path) -> Holder | None:
    """Return who holds a claim; None if it is free or its holder is gone."""
    age = _age(path)
    if age is None:
        return None
    holder = _read(path)
    if holder is None or not holder.is_here:
        # A process of another host cannot be asked; one that lives renews its claim.
        return (holder or UNKNOWN) if abs(age) < STALE_S else None
    return holder if holder.is_alive_here() else None


def _age(path: Path) -> float | None:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return None


def _is_renewed(path: Path, within_s: float) -> bool:
    """Whether a claim of another host is renewed, by whatever clock that host has."""
    holder = _read(path)
    if holder is not None and holder.is_here:
        return False
    first, deadline = _age_mark(path), time.monotonic() + within_s
    while time.monotonic() < deadline:
        if _age_mark(path) != first:
            return True
        time.sleep(min(0.2, within_s))
    return False


def _age_mark(path: Path) -> int | None:
    try:
        # Opened, it is asked for anew on a network's file system.
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None


def _numbering() -> str:
    """Return a name for what numbers the processes here; empty where the system has none."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def _one_at_a_time(directory: Path) -> Iterator[None]:
    """Keep two processes from judging, and replacing, one stale lock file at a time."""
    descriptor = os.open(directory / "claims", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # Where the file system has no such locks, creating the lock file decides alone.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
