"""What the processes of a search share, as each of them sees it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from harness.coordination.network import CONNECT_S, connect
from harness.coordination.process import Invitation
from harness.coordination.protocol import (
    NUMBER,
    Request,
    is_trusted,
    notice_silence,
    pack_request,
    prove,
)
from harness.errors import WorkerLost
from harness.records.clock import AnchoredClock, anchored_clock

CLOCK_LOOKS = 5
"""How often a process asks for the time; the fastest answer is the best."""


class SharedCells:
    """The bytes that the processes of a search share.

    Each request is answered by a process that trains nothing. One request is under way at a
    time in a process.

    Parameters
    ----------
    invitation
        Where the service is.

    Raises
    ------
    OSError
        If it cannot be reached.
    """

    def __init__(self, invitation: Invitation) -> None:
        self._invitation = invitation
        self._connection = join(invitation)
        self._mutex = threading.RLock()

    @property
    def host(self) -> str:
        """Where the service runs."""
        return self._invitation.place.host

    def create(self, content: bytes) -> int:
        """Return the number of a new cell."""
        return number_in(self._ask(Request.CREATE, 0, content))

    def add(self, cell: int, step: int) -> int:
        """Add to a cell that holds a number; return the number before."""
        return number_in(self._ask(Request.ADD, cell, NUMBER.pack(step)))

    def append(self, cell: int, content: bytes) -> bytes:
        """Append to a cell; return its content before."""
        return self._ask(Request.APPEND, cell, content)

    def read(self, cell: int) -> tuple[int, bytes]:
        """Return a cell's version, which every change raises, and its content."""
        return _versioned(self._ask(Request.READ, cell))

    def await_change(self, cell: int, version: int, timeout_s: float) -> tuple[int, bytes]:
        """Return as `read` does once the version is another, or when time is up; asleep."""
        content = NUMBER.pack(version) + NUMBER.pack(max(0, round(timeout_s * 1000)))
        return _versioned(self._ask(Request.AWAIT, cell, content))

    @contextmanager
    def transaction(self, cell: int) -> Iterator[bytearray]:
        """Give a cell's content to change in place; other transactions wait meanwhile.

        An exception leaves it as it was, and so does the end of this process.
        """
        with self._mutex:
            content = bytearray(self._ask(Request.LOCK, cell))
            try:
                yield content
            except BaseException:
                self._ask(Request.RELEASE, cell)
                raise
            self._ask(Request.UNLOCK, cell, bytes(content))

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def drop(self, cell: int) -> None:
        """Give a cell back."""
        self._ask(Request.DROP, cell)

    def clock(self) -> AnchoredClock:
        """Return a clock that shows the service's time, whatever that of this host shows."""
        measured = [self._clock_ahead() for _ in range(CLOCK_LOOKS)]
        uncertain_s, ahead_s = min(measured)
        # Processes of one host have one clock; the noise must not set them apart.
        return anchored_clock(ahead_s if abs(ahead_s) > uncertain_s else 0.0)

    def _clock_ahead(self) -> tuple[float, float]:
        """Return how uncertain the next number is, and how far this host's clock is ahead."""
        asked = time.perf_counter()
        there = number_in(self._ask(Request.NOW, 0)) / 1e9
        here, answered = time.time(), time.perf_counter()
        return answered - asked, here - (answered - asked) / 2 - there

    def watch(self, name: str, when_lost: Callable[[str], None]) -> None:
        """Have a thread, asleep, wait until a process that watches, too, is cut off.

        Parameters
        ----------
        name
            What to call this process.
        when_lost
            Called with the name of the process, or ``""`` for the service itself.
        """
        connection = join(self._invitation)
        connection.send_bytes(pack_request(Request.WATCH, 0, name.encode()))
        threading.Thread(target=_watch, args=[connection, when_lost], daemon=True).start()

    def _ask(self, request: Request, cell: int, content: bytes = b"") -> bytes:
        try:
            with self._mutex:
                self._connection.send_bytes(pack_request(request, cell, content))
                return self._connection.recv_bytes()
        except (OSError, EOFError) as error:
            host = self._invitation.place.host
            raise WorkerLost(
                f"What the workers share is lost: the process on {host} that holds it does not "
                f"answer ({error or 'it has ended'})."
            ) from error


def clock_of_run(invitation: Invitation | None) -> AnchoredClock:
    """Return a clock that shows the same time in every process of a search.

    Parameters
    ----------
    invitation
        Where the service is; None where all processes are on one host.

    Raises
    ------
    WorkerLost
        If the service cannot be reached.
    """
    if invitation is None:
        return anchored_clock()
    try:
        cells = SharedCells(invitation)
    except OSError as error:
        raise WorkerLost(
            f"{socket.gethostname()} cannot reach the search's own node, {invitation.place}: "
            f"{error}. All nodes of a search must reach one another."
        ) from error
    clock = cells.clock()
    cells.close()
    return clock


def join(invitation: Invitation) -> Connection:
    """Return a connection to the service, on which both sides have proved who they are."""

    def greet(connected: socket.socket) -> Connection:
        connected.settimeout(None)
        notice_silence(connected)
        connection = Connection(connected.detach())
        try:
            # A stranger may say nothing at all.
            if not connection.poll(CONNECT_S):
                raise ConnectionError("it does not speak")
            prove(connection, invitation.secret)
            if not is_trusted(connection, invitation.secret):
                raise ConnectionError("another process answers")
        except BaseException:
            connection.close()
            raise
        return connection

    return connect(invitation.place, greet)


def number_in(answer: bytes) -> int:
    """Return the number that an answer begins with."""
    return int(NUMBER.unpack_from(answer)[0])


def _versioned(answer: bytes) -> tuple[int, bytes]:
    return number_in(answer), answer[NUMBER.size :]


def _watch(connection: Connection, when_lost: Callable[[str], None]) -> None:
    try:
        while True:
            when_lost(connection.recv_bytes().decode())
    except EOFError:
        # The search is over, or the process that began it is; its launcher sees that.
        return
    except OSError as error:
        if not isinstance(error, (ConnectionResetError, BrokenPipeError)):
            when_lost("")
