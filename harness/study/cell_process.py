"""Runs one cell in a process of its own: engines do not start cleanly twice in one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.processes.parent import die_with_parent

HARNESS_COMMAND = (sys.executable, "-m", "harness")
"""What runs a cell; ``run`` or ``resume`` and its arguments follow."""

_TAIL_BYTES = 8192


@dataclass(frozen=True)
class Exit:
    """How a cell's process ended.

    Attributes
    ----------
    code
        Its exit code; negative for a signal.
    seconds
        How long it ran.
    last_words
        The error it told, or else the last line that it printed.
    """

    code: int
    seconds: float
    last_words: str

    def cause(self) -> str:
        """Return why it failed, in one line."""
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        return self.last_words or f"it ended with code {self.code}"


class CellProcess:
    """The process of a running cell.

    It is killed if this process dies: nobody would hold its claim then.

    Parameters
    ----------
    command
        What to run.
    log
        Where its output goes, after what is there already.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        self._began = time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._log_begin = output.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own group: a terminal's interrupt comes to this process alone.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def interrupt(self) -> None:
        """Ask the search to end and complete its records."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End the process and those it started in its group at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, while_waiting: Callable[[], None], poll_s: float = 0.2) -> Exit:
        """Wait until it ends, calling `while_waiting` meanwhile."""
        while True:
            try:
                code = self._process.wait(poll_s)
            except subprocess.TimeoutExpired:
                while_waiting()
                continue
            return Exit(code, time.monotonic() - self._began, self._last_words())

    def last_line(self) -> str:
        """Return the last line that it printed."""
        lines = self._tail()
        return lines[-1] if lines else ""

    def _last_words(self) -> str:
        lines = self._tail()
        errors = [line for line in lines if line.startswith("harness: ")]
        return errors[-1].removeprefix("harness: ") if errors else (lines[-1] if lines else "")

    def _tail(self) -> list[str]:
        with self._log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_begin, size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return [line.strip() for line in text.splitlines() if line.strip()]
