"""Shows a search while it runs: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from harness.clock import Clock, anchored_clock
from harness.config import RunConfig
from harness.progress_state import ProgressState
from harness.records.events import EventTail
from harness.run_directory import RunDirectory
from harness.workload import Metric

LINE_INTERVAL_S = 15.0
"""Seconds between two plain lines."""

POLL_INTERVAL_S = 0.5
"""Seconds between two looks at the event log."""


class ProgressView:
    """Follows a run's event log and shows where the search stands.

    Parameters
    ----------
    directory
        The run directory.
    config
        The resolved configuration.
    metric
        The workload's metric.
    console
        Where to show it; a live table in a terminal, plain lines elsewhere.
    clock
        The time now.
    """

    def __init__(
        self,
        directory: RunDirectory,
        config: RunConfig,
        metric: Metric,
        console: Console,
        clock: Clock | None = None,
    ) -> None:
        self._tail = EventTail(directory.events)
        self._state = ProgressState(config.trials or 1, config.epochs or 1, metric)
        self._title = (
            f"{config.backend} · {config.algo} · {config.workload} · {config.precision} · "
            f"{config.workers} workers"
        )
        self._console = console
        self._clock = clock or anchored_clock()
        self._live: Live | None = None
        self._next_line = 0.0

    def poll(self) -> None:
        """Look at the log and show what is new."""
        for _writer, event in self._tail.poll():
            self._state.take(event)
        now = self._clock()
        if self._live is not None:
            self._live.update(self._table(now), refresh=True)
        elif now >= self._next_line:
            self._next_line = now + LINE_INTERVAL_S
            self._console.print(self._line(now), highlight=False, soft_wrap=True)

    def tell(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, highlight=False, soft_wrap=True)

    @contextmanager
    def in_background(self) -> Iterator[ProgressView]:
        """Show the progress from a thread of its own."""
        stopped = threading.Event()

        def follow() -> None:
            while not stopped.wait(POLL_INTERVAL_S):
                self.poll()

        thread = threading.Thread(target=follow, name="progress", daemon=True)
        with self:
            thread.start()
            try:
                yield self
            finally:
                stopped.set()
                thread.join()

    def __enter__(self) -> ProgressView:
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        else:
            self._console.print(f"{self._title}: starting", highlight=False, soft_wrap=True)
            self._next_line = self._clock() + LINE_INTERVAL_S
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._next_line = 0.0
        self.poll()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _table(self, now: float) -> Table:
        table = Table(title=self._title, title_justify="left", show_header=False, box=None)
        table.add_column(style="bold")
        table.add_column()
        for name, value in self._facts(now):
            table.add_row(name, value)
        return table

    def _line(self, now: float) -> str:
        return "  ".join(f"{name}: {value}" for name, value in self._facts(now))

    def _facts(self, now: float) -> Iterator[tuple[str, str]]:
        state = self._state
        elapsed = state.elapsed(now)
        if elapsed is None:
            yield "engine", "starting"
            return
        yield "time", _duration(elapsed)
        yield "trials", _counts(state.states, state.trials)
        yield f"best {state.metric.name}", "–" if state.best is None else f"{state.best:.4f}"
        rate = state.epochs / elapsed if elapsed > 0 else 0.0
        yield "epochs", f"{state.epochs} ({rate:.2f}/s)"
        remaining = state.time_left(now)
        yield "left", "–" if remaining is None else f"at most {_duration(remaining)}"


def _counts(states: Counter[str], trials: int) -> str:
    shown = ", ".join(f"{count} {state}" for state, count in sorted(states.items()) if count)
    return f"{shown or 'none yet'} of {trials}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
