"""Removes what is left of our own Ray cluster when its driver was killed.

Ray's servers end by themselves when their driver is gone, but its agents take
minutes and its files stay. This module is run as a process of its own, which
outlives the driver: the end of its standard input tells that the driver is gone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PATIENCE_S = 30.0
"""How long processes that start while others are ended are looked for."""


@contextmanager
def aftermath_removed(scratch: Path) -> Iterator[None]:
    """Have a process at hand that cleans up should this one be killed.

    Parameters
    ----------
    scratch
        The directory of the cluster's files; each of its processes logs there.
    """
    watch = subprocess.Popen(
        [sys.executable, "-m", __name__, str(scratch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # An interrupt from the terminal is not meant for it.
        start_new_session=True,
    )
    try:
        yield
    finally:
        watch.kill()
        watch.communicate()


def remove_aftermath(scratch: Path) -> None:
    """End the processes of a cluster, and remove its files."""
    deadline = time.monotonic() + PATIENCE_S
    while _end_processes(scratch) and time.monotonic() < deadline:
        time.sleep(0.1)
    shutil.rmtree(scratch, ignore_errors=True)


def _end_processes(scratch: Path) -> bool:
    """Kill the cluster's processes; return whether there were any."""
    found = False
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            # Ray overwrites the command lines and environments of its processes.
            if any(file.path.startswith(f"{scratch}/") for file in process.open_files()):
                found = True
                process.kill()
    return found


if __name__ == "__main__":
    sys.stdin.buffer.read()
    remove_aftermath(Path(sys.argv[1]))
