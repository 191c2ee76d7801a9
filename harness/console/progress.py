"""Shows a search while it runs: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.config import ResolvedConfig
from harness.console.progress_state import ProgressState
from harness.records.clock import Clock, anchored_clock
from harness.records.directory import RunDirectory
from harness.records.events import EventTail
from harness.workload import Metric

LINE_INTERVAL_S = 15.0
"""Seconds between two plain lines."""

LONG_S = 600.0
"""A search longer than this makes its user wonder whether he wants it."""

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
    shorter
        The settings that make the search shorter, named where it turns out to be long;
        empty for a user who chose its size.

    Attributes
    ----------
    ahead_s
        How far the clock is ahead of that of the events, where another host tells it.
    """

    def __init__(
        self,
        directory: RunDirectory,
        config: ResolvedConfig,
        metric: Metric,
        console: Console,
        clock: Clock | None = None,
        shorter: str = "",
    ) -> None:
        self._tail = EventTail(directory.events)
        self._state = ProgressState(config.trials, config.epochs, config.workers, metric)
        self._title = (
            f"{config.backend} · {config.algo} · {config.workload} · {config.precision} · "
            f"{config.workers} workers"
        )
        self._console = console
        self._clock = clock or anchored_clock()
        self.ahead_s = 0.0
        self._live: Live | None = None
        self._next_line = 0.0
        self._shorter = shorter
        self._foretold = False

    def poll(self) -> None:
        """Look at the log and show what is new."""
        for writer, event in self._tail.poll():
            self._state.take(event, writer)
        now = self._clock()
        self._foretell()
        if self._live is not None:
            self._live.update(self._group(now - self.ahead_s), refresh=True)
        elif now >= self._next_line:
            self._next_line = now + LINE_INTERVAL_S
            self._console.print(self._line(now - self.ahead_s), highlight=False, soft_wrap=True)

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

    def _foretell(self) -> None:
        """Say once, as soon as steps were measured, how long all of it takes."""
        epoch_s, search_s = self._state.epoch_s, self._state.search_s()
        if self._foretold or epoch_s is None or search_s is None:
            return
        self._foretold = True
        self.tell(
            f"An epoch takes {_about(epoch_s)} here by its first steps, the search at most "
            f"{_about(search_s)}."
        )
        if search_s > LONG_S and self._shorter:
            self.tell(f"That is long; {self._shorter} make it shorter.")

    def _group(self, now: float) -> Group:
        # As a title of the table it would be wrapped at the table's width.
        return Group(Text(self._title, no_wrap=True, overflow="ellipsis"), self._table(now))

    def _table(self, now: float) -> Table:
        table = Table(show_header=False, box=None)
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
        if state.session_epochs == 0:
            yield "waiting for", self._awaited()
            return
        yield f"best {state.metric.name}", "–" if state.best is None else f"{state.best:.4f}"
        yield "epochs", f"{state.epochs} ({state.rate(now):.2f}/s)"
        remaining = state.time_left(now)
        yield "left", "–" if remaining is None else f"at most {_duration(remaining)}"

    def _awaited(self) -> str:
        """Return what has to come before there is an epoch to show."""
        if not self._state.states["running"]:
            return "the first trial: its process starts and loads the data"
        if self._state.epoch_s is None:
            return "the first training steps"
        return f"the first epoch, of about {_duration(self._state.epoch_s)}"


def _counts(states: Counter[str], trials: int) -> str:
    shown = ", ".join(f"{count} {state}" for state, count in sorted(states.items()) if count)
    return f"{shown or 'none yet'} of {trials}"


def _about(seconds: float) -> str:
    text = _duration(seconds)
    return text if text.startswith("under") else f"about {text}"


def _duration(seconds: float) -> str:
    if seconds <= 0:
        return "0 s"
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
