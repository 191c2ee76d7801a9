"""Messages between the service that holds what processes share and its clients.

The service is started as a file, without the packages of the environment, so that it is up
in some tens of milliseconds: nothing here imports anything but the standard library.
"""

import hashlib
import hmac
import secrets
import socket
import struct
from enum import IntEnum
from multiprocessing.connection import Connection

SILENCE_S = 45
"""A peer that the network has not heard of for so long is lost, with its node."""

_IDLE_S, _INTERVAL_S = 15, 5

NUMBER = struct.Struct(">q")
"""Counters and versions."""

_HEADER = struct.Struct(">BI")


class Request(IntEnum):
    """What a client asks for; its answer is given for each."""

    CREATE = 0
    """Content: the first content of a new cell. Answer: its number."""
    ADD = 1
    """Content: a number. Answer: the cell's number before."""
    APPEND = 2
    """Content: bytes. Answer: the cell's content before."""
    READ = 3
    """Answer: the cell's version, and its content."""
    AWAIT = 4
    """Content: a version and milliseconds. Answer: as READ, once the version is another."""
    LOCK = 5
    """Answer: the cell's content, once nobody else holds its lock."""
    UNLOCK = 6
    """Content: the cell's new content. Answer: nothing."""
    RELEASE = 7
    """Gives the lock back and leaves the cell as it was. Answer: nothing."""
    DROP = 8
    """Answer: nothing."""
    NOW = 9
    """Answer: the service's clock, in nanoseconds."""
    WATCH = 10
    """Content: who asks. Answers: who was lost, as often as somebody is."""


def pack_request(request: Request, cell: int, content: bytes) -> bytes:
    """Return a request as a message."""
    return _HEADER.pack(request, cell) + content


def unpack_request(message: bytes) -> tuple[Request, int, bytes]:
    """Return the request, the cell and the content of a message."""
    request, cell = _HEADER.unpack_from(message)
    return Request(request), cell, message[_HEADER.size :]


def notice_silence(connection: socket.socket) -> None:
    """Have the kernel end a connection, or those that a listener accepts, whose peer is silent.

    It asks idle peers by itself, so no process has to wake up for it.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    probes = (SILENCE_S - _IDLE_S) // _INTERVAL_S
    for name, value in (
        ("TCP_KEEPIDLE", _IDLE_S),
        ("TCP_KEEPINTVL", _INTERVAL_S),
        ("TCP_KEEPCNT", probes),
        # What was sent is not confirmed either; without it TCP tries for a quarter of an hour.
        ("TCP_USER_TIMEOUT", SILENCE_S * 1000),
    ):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def prove(connection: Connection, secret: bytes) -> None:
    """Answer the other end's question with proof that this end knows the secret."""
    question = connection.recv_bytes(64)
    connection.send_bytes(hmac.digest(secret, question, hashlib.sha256))


def is_trusted(connection: Connection, secret: bytes) -> bool:
    """Whether the other end proves that it knows the secret."""
    question = secrets.token_bytes(32)
    connection.send_bytes(question)
    expected = hmac.digest(secret, question, hashlib.sha256)
    return hmac.compare_digest(connection.recv_bytes(64), expected)
