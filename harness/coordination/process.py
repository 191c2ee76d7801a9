"""Starts the service that holds what the processes of a search share, and ends it."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.coordination.network import Place, own_place
from harness.errors import HarnessError
from harness.processes.parent import die_with_parent

SERVICE = Path(__file__).with_name("service.py")


@dataclass(frozen=True)
class Invitation:
    """What a process must know to share; it is for the processes of one search alone.

    Attributes
    ----------
    place
        Where the service listens.
    secret
        What the service and its clients know, and nobody else.
    """

    place: Place
    secret: bytes


class ServiceProcess:
    """The service, in a process of its own on this host, which ends with this one.

    Attributes
    ----------
    invitation
        What others need to take part.

    Raises
    ------
    HarnessError
        If it does not start.
    """

    def __init__(self) -> None:
        secret = secrets.token_bytes(32)
        self._process = subprocess.Popen(
            # Without the packages of the environment it starts in some tens of milliseconds.
            [sys.executable, "-S", "-E", str(SERVICE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),
            # A terminal's interrupt is for the search.
            start_new_session=True,
        )
        port = self._begin(secret)
        self.invitation = Invitation(own_place(port), secret)

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _begin(self, secret: bytes) -> int:
        answer = b""
        if self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.write(secret.hex().encode() + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            self._process.stdout.close()
        if not answer:
            raise HarnessError("The process that holds what the workers share did not start.")
        return int(answer)
