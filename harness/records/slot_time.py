"""Books the whole time of every slot from the spans its processes wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.records.schema import SPANS, build_table
from harness.records.slot_ledger import KINDS
from harness.records.timeline import Session


@dataclass
class Span:
    """A stretch of a slot's time.

    Attributes
    ----------
    kind
        What it is booked as; work whose result is lost becomes ``lost``.
    start, end
        In seconds of the run.
    trial_id
        The trial it belongs to.
    """

    kind: str
    start: float
    end: float
    trial_id: str | None


@dataclass
class SlotWriter:
    """What one process wrote about a slot's time.

    Attributes
    ----------
    slot
        The slot.
    session
        The number of the session it belongs to.
    idle_since
        When it last began to wait; the wait may have had no end in the log.
    spans
        The finished spans, in order.
    """

    slot: int
    session: int = 0
    idle_since: float | None = None
    spans: list[Span] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether the process was waiting when its record ends."""
        if self.idle_since is None:
            return False
        return not self.spans or self.idle_since >= self.spans[-1].end


def book_slots(
    writers: Iterable[SlotWriter], run_id: str, sessions: Sequence[Session], over: bool
) -> pd.DataFrame:
    """Return the spans table: every second of every slot, once.

    Parameters
    ----------
    writers
        What the processes wrote.
    run_id
        Goes into every row.
    sessions
        The sessions of the run, in order.
    over
        Whether the last session is over; time that nothing explains is booked as
        lost only then, because a live process writes a span when it ends.
    """
    by_session: dict[int, list[SlotWriter]] = {}
    for writer in writers:
        by_session.setdefault(writer.session, []).append(writer)
    rows = [
        {"run_id": run_id, **row}
        for session in sessions
        for row in _book_session(
            by_session.get(session.number, []), session, over or session is not sessions[-1]
        )
    ]
    return build_table(rows, SPANS)


def _book_session(
    writers: Iterable[SlotWriter], session: Session, over: bool
) -> Iterable[dict[str, Any]]:
    by_slot: dict[int, list[SlotWriter]] = {slot: [] for slot in range(session.workers)}
    for writer in writers:
        by_slot.setdefault(writer.slot, []).append(writer)
    for slot, slot_writers in sorted(by_slot.items()):
        for row in _book_slot(slot_writers, session.begin_s, session.end_s, over):
            yield {"worker": slot, **row}


def _book_slot(
    writers: list[SlotWriter], begin_s: float, end_s: float, over: bool
) -> Iterable[dict[str, Any]]:
    used = sorted((w for w in writers if w.spans), key=lambda w: w.spans[0].start)
    if not used:
        if over and end_s > begin_s:
            yield _row("idle", begin_s, end_s, None)
        return
    time, waits = begin_s, False
    for position, writer in enumerate(used):
        for index, span in enumerate(writer.spans):
            start, end = max(span.start, time), min(span.end, end_s)
            if start > time and index == 0:
                gap = "startup" if position == 0 else "idle" if waits else "lost"
                yield _row(gap, time, start, None)
            if end > start:
                yield _row(span.kind, start, end, span.trial_id)
            time = max(time, end)
        waits = writer.waits
    if time < end_s and (waits or over):
        yield _row("idle" if waits else "lost", time, end_s, None)


def _row(kind: str, start: float, end: float, trial_id: str | None) -> dict[str, Any]:
    return {"kind": kind, "start_s": start, "end_s": end, "trial_id": trial_id}


def ledger(spans: pd.DataFrame) -> dict[str, float]:
    """Return the worker-seconds of every kind."""
    sums = (spans["end_s"] - spans["start_s"]).groupby(spans["kind"]).sum()
    return {kind: float(sums.get(kind, 0.0)) for kind in KINDS}


def utilisation(booked: dict[str, float]) -> float:
    """Return the fraction of the slots' time, start-up apart, that trains or validates."""
    total = sum(seconds for kind, seconds in booked.items() if kind != "startup")
    return (booked["train"] + booked["validate"]) / total if total > 0 else 0.0
