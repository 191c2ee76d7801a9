"""The ledger of one worker slot: what it does, at every moment, as spans without gaps."""

from __future__ import annotations

from collections.abc import Callable

from harness.records.clock import Clock
from harness.records.events import Event
from harness.records.happenings import IdleBegan, SpanBooked
from harness.records.lines import line_of

KINDS = (
    "startup",
    "setup",
    "data_wait",
    "train",
    "validate",
    "checkpoint_save",
    "checkpoint_load",
    "idle",
    "lost",
)
"""What a worker-second can be booked as."""


class SlotLedger:
    """Books every second of a slot as exactly one kind.

    Parameters
    ----------
    clock
        The search's clock.
    emit
        Called with each finished span.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._kind: str | None = None
        self._trial_id: str | None = None
        self._since = clock()

    def enter(self, kind: str, trial_id: str | None = None) -> float:
        """End what the slot did and begin `kind`.

        Returns
        -------
        float
            The seconds that the ended span lasted.
        """
        now = self._clock()
        elapsed = now - self._since
        if self._kind is not None:
            self._emit_span(self._kind, self._since, now)
        self._begin(kind, trial_id, now)
        return elapsed

    def enter_after_wait(self, kind: str, wait_kind: str, wait_s: float) -> float:
        """Like `enter`, but book `wait_s` of the ended span as `wait_kind`.

        Waits that are spread over a span are booked as one span at its end:
        the sums are right, and an epoch stays two lines in the log.

        Returns
        -------
        float
            The seconds of the ended span without the wait.
        """
        now = self._clock()
        elapsed = now - self._since
        wait_s = min(wait_s, elapsed)
        if self._kind is not None:
            self._emit_span(self._kind, self._since, now - wait_s)
            self._emit_span(wait_kind, now - wait_s, now)
        self._begin(kind, self._trial_id, now)
        return elapsed - wait_s

    def _begin(self, kind: str, trial_id: str | None, now: float) -> None:
        self._kind = kind
        self._trial_id = trial_id
        self._since = now
        if kind == "idle":
            # A process may end while it waits; this line tells a reader that it waited.
            self._emit(line_of(IdleBegan(now, trial_id)))

    def _emit_span(self, kind: str, start: float, end: float) -> None:
        if end > start:
            self._emit(line_of(SpanBooked(end, kind, start, self._trial_id)))
