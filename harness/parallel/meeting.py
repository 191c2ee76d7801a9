"""How the processes of a trial find one another, whatever their hosts call themselves."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.coordination.network import (
    CONNECT_S,
    Place,
    connect,
    interface_of,
    leads_to_this_host,
    own_place,
)
from harness.errors import WorkerLost
from harness.records.directory import write_json

PATIENCE_S = 300.0
"""How long one may be late, as imports from a slow file system are."""

REACH_S = 30.0
"""How long one that is there may take to be reached."""

LOOPBACK = "lo"

_POLL_S = 0.02


@dataclass(frozen=True)
class Patience:
    """How long processes wait for one another, in seconds.

    Attributes
    ----------
    absent
        For one that has not come.
    present
        For one that has come and is still to be reached.
    """

    absent: float = PATIENCE_S
    present: float = REACH_S


def meet(at: Path, rank: int, ranks: int, patience: Patience = Patience()) -> str | None:
    """Wait until all processes of a trial are there, and reach rank 0.

    Parameters
    ----------
    at
        A file name that all of them know; files beside it say who is there.
    rank, ranks
        This process' number, and how many there are.
    patience
        How long to wait.

    Returns
    -------
    str or None
        The interface of this host by which it reaches the others; None if it has no name.

    Raises
    ------
    WorkerLost
        If one does not come, or cannot be reached. It says which, and where it is.
    """
    write_json(_presence(at, rank), {"host": socket.gethostname()})
    return _lead(at, ranks, patience) if rank == 0 else _follow(at, rank, patience)


def _lead(at: Path, ranks: int, patience: Patience) -> str | None:
    secret = secrets.token_hex(16)
    with _listener() as listener:
        place = own_place(int(listener.getsockname()[1]))
        write_json(_leader(at), {**asdict(place), "secret": secret})
        joined: dict[int, socket.socket] = {}
        missing = set(range(1, ranks))
        began = time.monotonic()
        seen: dict[int, float] = {}
        while missing:
            with suppress(TimeoutError):
                connected, _ = listener.accept()
                rank = _asked(connected, secret)
                if rank in missing:
                    joined[rank] = connected
                    missing.discard(rank)
            _raise_if_overdue(at, place, missing, seen, time.monotonic() - began, patience)
    return _agree(joined)


def _agree(joined: dict[int, socket.socket]) -> str | None:
    """Tell each process its interface, and return this one's own."""
    # A process on this host uses the interface by which those of others come in.
    far = [one for one in joined.values() if not leads_to_this_host(one)]
    own = interface_of(far[0]) if far else LOOPBACK
    for connected in joined.values():
        told = own if leads_to_this_host(connected) else "its own"
        connected.sendall(json.dumps({"interface": told}).encode() + b"\n")
        connected.close()
    return own


def _follow(at: Path, rank: int, patience: Patience) -> str | None:
    told = _wait_for(lambda: _read(_leader(at)), patience.absent)
    if told is None:
        raise WorkerLost(f"Rank 0 of the trial has not come within {patience.absent:.0f} s.")
    place = Place(told["host"], tuple(told["addresses"]), told["port"])

    def greet(connected: socket.socket) -> str | None:
        connected.sendall(json.dumps({"rank": rank, "secret": told["secret"]}).encode() + b"\n")
        # The answer comes once all others are there.
        connected.settimeout(patience.absent)
        answer = _line(connected)
        own = interface_of(connected)
        connected.close()
        return own if answer["interface"] == "its own" else answer["interface"]

    try:
        return connect(place, greet)
    except OSError as error:
        raise WorkerLost(
            f"{socket.gethostname()} cannot reach rank 0 of the trial on {place}: {error}."
        ) from error


def _raise_if_overdue(
    at: Path,
    place: Place,
    missing: set[int],
    seen: dict[int, float],
    waited_s: float,
    patience: Patience,
) -> None:
    for rank in missing:
        presence = _read(_presence(at, rank))
        if presence is not None and waited_s - seen.setdefault(rank, waited_s) > patience.present:
            raise WorkerLost(
                f"Rank {rank} of the trial on {presence['host']} does not reach rank 0 on {place}."
            )
        if presence is None and waited_s > patience.absent:
            raise WorkerLost(f"Rank {rank} of the trial has not come within {waited_s:.0f} s.")


def _asked(connected: socket.socket, secret: str) -> int | None:
    """Return the rank that has connected; None for a stranger."""
    connected.settimeout(CONNECT_S)
    with suppress(OSError, ValueError, KeyError, TypeError):
        asked = _line(connected)
        if secrets.compare_digest(asked["secret"], secret):
            return int(asked["rank"])
    connected.close()
    return None


def _line(connected: socket.socket) -> dict[str, Any]:
    with connected.makefile("rb") as lines:
        line: dict[str, Any] = json.loads(lines.readline(4096) or b"{}")
    return line


def _listener() -> socket.socket:
    listener = socket.create_server(("", 0), backlog=128)
    listener.settimeout(0.2)
    return listener


def _wait_for(look: Callable[[], Any], patience_s: float) -> Any:
    deadline = time.monotonic() + patience_s
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return found


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _leader(at: Path) -> Path:
    return at.with_name(f"{at.name}-leader.json")


def _presence(at: Path, rank: int) -> Path:
    return at.with_name(f"{at.name}-{rank}.json")
