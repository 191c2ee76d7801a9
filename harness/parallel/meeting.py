"""How the processes of a trial find one another, whatever their hosts call themselves."""

from __future__ import annotations

import json
import secrets
import socket
import time
from contextlib import suppress
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
from harness.coordination.protocol import notice_silence
from harness.errors import WorkerLost
from harness.parallel.presence import Patience, Presence, Watch, tell

LOOPBACK = "lo"

PATIENCE = Patience()

_POLL_S = 0.02


def meet(at: Path, rank: int, ranks: int, patience: Patience = PATIENCE) -> str | None:
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
    return _lead(at, ranks, patience) if rank == 0 else _follow(at, rank, patience)


def _lead(at: Path, ranks: int, patience: Patience) -> str | None:
    secret = secrets.token_hex(16)
    with _listener() as listener:
        place = own_place(int(listener.getsockname()[1]))
        tell(at, 0, Presence(place.host, place=place, secret=secret, is_there=True))
        joined: dict[int, socket.socket] = {}
        missing = {rank: Watch(at, rank, patience) for rank in range(1, ranks)}
        while missing:
            with suppress(TimeoutError):
                connected, _ = listener.accept()
                rank = _asked(connected, secret)
                if rank in missing:
                    joined[rank] = connected
                    del missing[rank]
            _look_for(missing, place)
    return _agree(joined)


def _look_for(missing: dict[int, Watch], place: Place) -> None:
    for watch in missing.values():
        try:
            watch.look()
        except WorkerLost as error:
            raise WorkerLost(f"{str(error).rstrip('.')}. Rank 0 is on {place}.") from None


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
    watch = Watch(at, 0, patience)
    while (leader := watch.look()) is None or leader.place is None:
        time.sleep(_POLL_S)
    tell(at, rank, Presence(socket.gethostname(), is_there=True))

    def greet(connected: socket.socket) -> str | None:
        connected.sendall(json.dumps({"rank": rank, "secret": leader.secret}).encode() + b"\n")
        # The answer comes once all others are there; who leads says if one does not come.
        connected.settimeout(None)
        notice_silence(connected)
        answer = _line(connected)
        if "interface" not in answer:
            raise ConnectionError("it has ended, or another process answers")
        own = interface_of(connected)
        connected.close()
        return own if answer["interface"] == "its own" else answer["interface"]

    try:
        return connect(leader.place, greet)
    except OSError as error:
        raise WorkerLost(
            f"{socket.gethostname()} cannot reach rank 0 of the trial on {leader.place}: {error}."
        ) from error


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
