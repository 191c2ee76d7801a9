"""The sessions of a run: the stretches of time in which it was worked on.

A run that was interrupted and resumed has several. Its clock stands still
between them: t = 0 is the beginning of the first search call, and each session
goes on where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.records.events import Event
from harness.records.happenings import (
    DriverOpened,
    Happening,
    Opened,
    SearchBegan,
    SearchEnded,
    SessionBegan,
    SessionEnded,
    SpanBooked,
)

Told = tuple[str, Happening]
"""The name of a writer, and one of its events."""


@dataclass(frozen=True)
class Session:
    """One session on the clock of the run.

    Attributes
    ----------
    number
        From 0.
    workers
        Its slots.
    begin_s, end_s
        When it began and ended, in seconds of the run.
    began
        Unix time at which its search call began; None if it never did.
    ended
        Whether its search call returned.
    """

    number: int
    workers: int
    begin_s: float
    end_s: float
    began: float | None
    ended: bool


@dataclass(frozen=True)
class Timeline:
    """The events of a run on its own clock.

    Attributes
    ----------
    sessions
        The sessions, in order; at least one.
    told
        Writer and event in the order of time; ``time`` and ``start`` are in
        seconds of the run.
    session_of
        Writer to the number of its session.
    """

    sessions: tuple[Session, ...]
    told: list[Told]
    session_of: dict[str, int]


def lay_out(told: Iterable[Told], workers: int) -> Timeline:
    """Put the events of all sessions on one clock.

    Parameters
    ----------
    told
        Writer and event, each writer's events in order.
    workers
        The slots of a session that does not tell how many it has.
    """
    by_session: dict[int, list[Told]] = {}
    session_of: dict[str, int] = {}
    for writer, event in told:
        of = (event.session or 0) if isinstance(event, Opened | SessionBegan) else 0
        number = session_of.setdefault(writer, of)
        by_session.setdefault(number, []).append((writer, event))
    sessions: list[Session] = []
    laid_out: list[Told] = []
    begin_s = 0.0
    numbers = sorted(by_session) or [0]
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        own = sorted(by_session.get(number, []), key=lambda told: told[1].time)
        last_alive = _last_alive(by_session.get(following, []) if following is not None else [])
        session = _session(number, own, workers, begin_s, last_alive)
        laid_out += (_shifted(one, session) for one in own)
        sessions.append(session)
        begin_s = session.end_s
    return Timeline(tuple(sessions), laid_out, session_of)


def before_session(lines: Iterable[tuple[str, Event]], session: int) -> list[tuple[str, Event]]:
    """Return the lines of the sessions below `session`."""
    kept, session_of = [], dict[str, int]()
    for writer, event in lines:
        if session_of.setdefault(writer, int(event.get("session") or 0)) < session:
            kept.append((writer, event))
    return kept


def _session(
    number: int, told: list[Told], workers: int, begin_s: float, last_alive: float | None
) -> Session:
    events = [event for _writer, event in told]
    began = next((event.time for event in events if isinstance(event, SearchBegan)), None)
    ends = [event.time for event in events if isinstance(event, SearchEnded | SessionEnded)]
    drivers = (event for event in events if isinstance(event, DriverOpened))
    slots = [event.workers for event in drivers if event.workers]
    # Who begins a session may do so on another host, with another clock.
    own = [event.time for event in events if not isinstance(event, SessionBegan)]
    last = own[-1] if own else (events[-1].time if events else 0.0)
    # Who was killed says nothing; the lock file tells how long it lived at least.
    finished = ends[-1] if ends else max(last, last_alive or last)
    start = began if began is not None else last
    return Session(
        number=number,
        workers=slots[-1] if slots else workers,
        begin_s=begin_s,
        end_s=begin_s + max(0.0, finished - start),
        began=began,
        ended=any(isinstance(event, SearchEnded) for event in events),
    )


def _last_alive(following: list[Told]) -> float | None:
    begun = (event for _writer, event in following if isinstance(event, SessionBegan))
    return next((e.previous_alive for e in begun if e.previous_alive is not None), None)


def _shifted(told: Told, session: Session) -> Told:
    writer, event = told
    start = session.began if session.began is not None else event.time
    offset = session.begin_s - start
    if isinstance(event, SpanBooked):
        return writer, replace(event, time=event.time + offset, start=event.start + offset)
    return writer, replace(event, time=event.time + offset)
