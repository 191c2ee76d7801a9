"""Ends a search whose own Ray cluster dies; Ray waits for an answer of it for ever.

Ray's processes on this machine are servers of the driver's own: where one of them is killed, by
the kernel for want of memory for instance, trainings go on for a while, and then the driver hangs
within Ray's compiled code, where no exception and no signal reaches it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from harness.errors import WorkerLost
from harness.records.directory import RunDirectory
from harness.search.process import resume_command

SERVERS = ("raylet", "gcs_server")
LOOK_S = 1.0
"""How often they are looked for."""

PATIENCE_S = 10.0
"""How long the search may take to end by itself once one is gone."""


@contextmanager
def ended_with_cluster(directory: Path) -> Iterator[None]:
    """End this process if a server of its own cluster dies, with the line to resume the search.

    A search on a cluster at an address has no such servers, and is left alone.

    Parameters
    ----------
    directory
        The run directory; its records are whole up to the last event.
    """
    resume = resume_command(RunDirectory(directory))
    servers = [child for child in psutil.Process().children() if child.name() in SERVERS]

    def end(server: str) -> None:
        print(
            f"harness: Ray's {server} on this machine has died, and the search with it. The "
            f"records so far are in {directory}. To go on: {resume}",
            file=sys.stderr,
            flush=True,
        )
        os._exit(WorkerLost.exit_code)

    over = threading.Event()
    watch = threading.Thread(
        target=watch_servers, args=(servers, over, end), name="cluster", daemon=True
    )
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def watch_servers(
    servers: Sequence[psutil.Process],
    over: threading.Event,
    end: Callable[[str], None],
    look_s: float = LOOK_S,
    patience_s: float = PATIENCE_S,
) -> None:
    """Call `end` with the name of a server that died, unless the search is over soon.

    Parameters
    ----------
    servers
        Processes that live as long as the search.
    over
        Set when the search has ended.
    end
        Ends it.
    look_s, patience_s
        Seconds between two looks, and those that the search has to end by itself.
    """
    names = {server.pid: server.name() for server in servers}
    while not over.wait(look_s):
        dead = next((server for server in servers if not _lives(server)), None)
        if dead is not None:
            if not over.wait(patience_s):
                end(names[dead.pid])
            return


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
