"""Events as lines of the log, and back."""

from __future__ import annotations

import dataclasses

from harness.records.events import Event
from harness.records.happenings import (
    CheckpointSaved,
    DriverOpened,
    EpochTrained,
    Happening,
    IdleBegan,
    PaceFound,
    SearchBegan,
    SearchEnded,
    SessionBegan,
    SessionEnded,
    SlotOpened,
    SpanBooked,
    TrialEnded,
    TrialExploited,
    TrialJudged,
    TrialMutated,
    TrialPaused,
    TrialResumed,
    TrialStarted,
    Unknown,
)

_TYPES: dict[str, type[Happening]] = {
    kind.name: kind
    for kind in (
        SlotOpened,
        DriverOpened,
        SessionBegan,
        SearchBegan,
        SearchEnded,
        SessionEnded,
        SpanBooked,
        IdleBegan,
        TrialStarted,
        TrialExploited,
        TrialResumed,
        TrialPaused,
        TrialMutated,
        TrialEnded,
        TrialJudged,
        PaceFound,
        CheckpointSaved,
        EpochTrained,
    )
}

_FIRST: dict[type[Happening], tuple[str, ...]] = {
    SlotOpened: ("slot", "session"),
    DriverOpened: ("session", "workers"),
}
"""Fields that stand before the inherited ones in a line."""

_NAMES: dict[type[Happening], tuple[str, ...]] = {}
for _kind in _TYPES.values():
    _own = [field.name for field in dataclasses.fields(_kind) if field.name != "time"]
    _ahead = _FIRST.get(_kind, ())
    _NAMES[_kind] = (*_ahead, *(name for name in _own if name not in _ahead))


def line_of(happening: Happening) -> Event:
    """Return an event as the log holds it."""
    names = _NAMES[type(happening)]
    fields = {name: getattr(happening, name) for name in names}
    return {"event": happening.name, "time": happening.time, **fields}


def event_of(line: Event) -> Happening:
    """Return the event of a line; fields that this version does not know are left out.

    Raises
    ------
    KeyError
        If it lacks a field that such an event always has.
    """
    kind = _TYPES.get(line["event"])
    if kind is None:
        return Unknown(line["time"])
    known = {name: line[name] for name in _NAMES[kind] if name in line}
    try:
        return kind(time=line["time"], **known)
    except TypeError as error:
        raise KeyError(f"an event '{line['event']}' is incomplete: {error}") from None
