"""The process that holds what the processes of a search share.

It trains nothing and holds no interpreter lock that a training needs, so it answers at once
whatever the others do, and it sleeps while nobody asks. Its standard input brings the secret;
when that ends, so does the process. It says on its standard output at which port it listens.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

if __name__ == "__main__":
    # Started as a file, it finds its neighbours alone.
    sys.path.append(str(Path(__file__).parents[2]))

from harness.coordination.protocol import (
    NUMBER,
    Request,
    is_trusted,
    notice_silence,
    prove,
    unpack_request,
)


class Cell:
    """Some bytes that clients change in turn."""

    def __init__(self, content: bytes) -> None:
        self.lock = threading.Lock()
        self._content = content
        self._version = 0
        self._changed = threading.Condition()

    @property
    def content(self) -> bytes:
        """What it holds."""
        return self._content

    def replace(self, content: bytes) -> bytes:
        """Hold another content; return the one before."""
        with self._changed:
            before, self._content = self._content, content
            self._version += 1
            self._changed.notify_all()
        return before

    def versioned(self) -> bytes:
        """Return the version and the content."""
        with self._changed:
            return NUMBER.pack(self._version) + self._content

    def once_changed(self, version: int, timeout: float) -> bytes:
        """Return `versioned` when the version is another, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout)
        return self.versioned()


class Service:
    """Answers the clients' requests, each client in a thread of its own.

    Parameters
    ----------
    secret
        What clients must know.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cells: dict[int, Cell] = {}
        self._watchers: dict[Connection, bytes] = {}
        self._mutex = threading.Lock()
        self._created = 0
        self._listener = _listener()
        self.port = int(self._listener.getsockname()[1])

    def serve(self) -> None:
        """Accept clients for ever."""
        while True:
            accepted, _ = self._listener.accept()
            # Said of each: IPv6 listeners do not hand it on everywhere.
            notice_silence(accepted)
            connection = Connection(accepted.detach())
            threading.Thread(target=self._meet, args=[connection], daemon=True).start()

    def _meet(self, connection: Connection) -> None:
        held: set[Cell] = set()
        silent = False
        try:
            if not is_trusted(connection, self._secret):
                return
            prove(connection, self._secret)
            while True:
                answer = self._answer(connection, held, connection.recv_bytes())
                if answer is not None:
                    connection.send_bytes(answer)
        except EOFError:
            # It has ended, which its launcher sees for itself.
            pass
        except OSError as error:
            silent = not isinstance(error, (ConnectionResetError, BrokenPipeError))
        finally:
            for cell in held:
                cell.lock.release()
            self._forget(connection, silent)

    def _answer(self, connection: Connection, held: set[Cell], message: bytes) -> bytes | None:
        request, number, content = unpack_request(message)
        if request is Request.CREATE:
            return NUMBER.pack(self._create(content))
        if request is Request.WATCH:
            with self._mutex:
                self._watchers[connection] = content
            return None
        if request is Request.NOW:
            return NUMBER.pack(time.time_ns())
        if request is Request.DROP:
            self._cells.pop(number, None)
            return b""
        return _ANSWERS[request](self._cells[number], content, held)

    def _create(self, content: bytes) -> int:
        with self._mutex:
            self._created += 1
            self._cells[self._created] = Cell(content)
            return self._created

    def _forget(self, connection: Connection, silent: bool) -> None:
        with self._mutex:
            lost = self._watchers.pop(connection, None)
            if silent and lost is not None:
                for watcher in self._watchers:
                    with contextlib.suppress(OSError):
                        watcher.send_bytes(lost)
        connection.close()


def _add(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    with cell.lock:
        before, step = NUMBER.unpack(cell.content)[0], NUMBER.unpack(content)[0]
        return cell.replace(NUMBER.pack(before + step))


def _append(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    with cell.lock:
        return cell.replace(cell.content + content)


def _read(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    return cell.versioned()


def _await(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    version, milliseconds = (NUMBER.unpack_from(content, place)[0] for place in (0, NUMBER.size))
    return cell.once_changed(version, milliseconds / 1000)


def _lock(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    cell.lock.acquire()
    held.add(cell)
    return cell.content


def _unlock(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    cell.replace(content)
    return _release(cell, content, held)


def _release(cell: Cell, content: bytes, held: set[Cell]) -> bytes:
    held.remove(cell)
    cell.lock.release()
    return b""


_ANSWERS = {
    Request.ADD: _add,
    Request.APPEND: _append,
    Request.READ: _read,
    Request.AWAIT: _await,
    Request.LOCK: _lock,
    Request.UNLOCK: _unlock,
    Request.RELEASE: _release,
}


def _listener() -> socket.socket:
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):
            family = socket.AF_INET6
            return socket.create_server(("", 0), family=family, backlog=512, dualstack_ipv6=True)
    return socket.create_server(("", 0), backlog=512)


def main() -> None:
    """Serve until the standard input ends."""
    secret = bytes.fromhex(sys.stdin.readline())
    service = Service(secret)
    print(service.port, flush=True)
    threading.Thread(target=service.serve, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
