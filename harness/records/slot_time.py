"""Books the whole time of every slot from the spans its processes wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.records.schema import SPANS, build_table
from harness.records.slot_ledger import KINDS


@dataclass(frozen=True)
class _Span:
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
    idle_since
        When it last began to wait; the wait may have had no end in the log.
    """

    slot: int
    idle_since: float | None = None
    _spans: list[_Span] = field(default_factory=list)

    def add(self, kind: str, start: float, end: float, trial_id: str | None) -> None:
        """Add a finished span, in Unix seconds."""
        self._spans.append(_Span(kind, start, end, trial_id))

    @property
    def spans(self) -> list[_Span]:
        """The finished spans, in order."""
        return self._spans

    @property
    def waits(self) -> bool:
        """Whether the process was waiting when its record ends."""
        if self.idle_since is None:
            return False
        return not self._spans or self.idle_since >= self._spans[-1].end


def book_slots(
    writers: Iterable[SlotWriter],
    run_id: str,
    workers: int,
    began: float,
    runtime_s: float,
    over: bool,
) -> pd.DataFrame:
    """Return the spans table: every second of every slot, once.

    Parameters
    ----------
    writers
        What the processes wrote.
    run_id
        Goes into every row.
    workers
        The number of slots.
    began
        Unix time of t = 0.
    runtime_s
        The length of the search in seconds.
    over
        Whether the search is over; time that nothing explains is booked as
        lost only then, because a live process writes a span when it ends.
    """
    by_slot: dict[int, list[SlotWriter]] = {slot: [] for slot in range(workers)}
    for writer in writers:
        by_slot.setdefault(writer.slot, []).append(writer)
    rows = [
        {"run_id": run_id, "worker": slot, **row}
        for slot, slot_writers in sorted(by_slot.items())
        for row in _book_slot(slot_writers, began, runtime_s, over)
    ]
    return build_table(rows, SPANS)


def _book_slot(
    writers: list[SlotWriter], began: float, runtime_s: float, over: bool
) -> Iterable[dict[str, Any]]:
    used = sorted((w for w in writers if w.spans), key=lambda w: w.spans[0].start)
    if not used:
        if over:
            yield _row("idle", 0.0, runtime_s, None)
        return
    time, waits = 0.0, False
    for position, writer in enumerate(used):
        for index, span in enumerate(writer.spans):
            start = max(span.start - began, time)
            end = min(span.end - began, runtime_s)
            if start > time and index == 0:
                gap = "startup" if position == 0 else "idle" if waits else "lost"
                yield _row(gap, time, start, None)
            if end > start:
                yield _row(span.kind, start, end, span.trial_id)
            time = max(time, end)
        waits = writer.waits
    if time < runtime_s and (waits or over):
        yield _row("idle" if waits else "lost", time, runtime_s, None)


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
