"""The sessions of a run: the stretches of time in which it was worked on.

A run that was interrupted and resumed has several. Its clock stands still
between them: t = 0 is the beginning of the first search call, and each session
goes on where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.records.events import Event

Line = tuple[str, Event]
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
    lines
        Writer and event in the order of time; ``time`` and ``start`` are in
        seconds of the run.
    session_of
        Writer to the number of its session.
    """

    sessions: tuple[Session, ...]
    lines: list[Line]
    session_of: dict[str, int]


def lay_out(lines: Iterable[Line], workers: int) -> Timeline:
    """Put the events of all sessions on one clock.

    Parameters
    ----------
    lines
        Writer and event, each writer's events in order.
    workers
        The slots of a session that does not tell how many it has.
    """
    by_session: dict[int, list[Line]] = {}
    session_of: dict[str, int] = {}
    for writer, event in lines:
        number = session_of.setdefault(writer, int(event.get("session") or 0))
        by_session.setdefault(number, []).append((writer, event))
    sessions: list[Session] = []
    laid_out: list[Line] = []
    begin_s = 0.0
    numbers = sorted(by_session) or [0]
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        own = sorted(by_session.get(number, []), key=lambda line: line[1]["time"])
        last_alive = _last_alive(by_session.get(following, []) if following is not None else [])
        session = _session(number, own, workers, begin_s, last_alive)
        laid_out += (_shifted(line, session) for line in own)
        sessions.append(session)
        begin_s = session.end_s
    return Timeline(tuple(sessions), laid_out, session_of)


def before_session(lines: Iterable[Line], session: int) -> list[Line]:
    """Return the lines of the sessions below `session`."""
    kept, session_of = [], dict[str, int]()
    for writer, event in lines:
        if session_of.setdefault(writer, int(event.get("session") or 0)) < session:
            kept.append((writer, event))
    return kept


def _session(
    number: int, lines: list[Line], workers: int, begin_s: float, last_alive: float | None
) -> Session:
    began = next((e["time"] for _, e in lines if e["event"] == "search_begin"), None)
    ends = [e["time"] for _, e in lines if e["event"] in {"search_end", "session_end"}]
    told = [e["workers"] for _, e in lines if e["event"] == "driver" and e.get("workers")]
    # Who begins a session may do so on another host, with another clock.
    own = [e["time"] for _, e in lines if e["event"] != "session"]
    last = own[-1] if own else (lines[-1][1]["time"] if lines else 0.0)
    # Who was killed says nothing; the lock file tells how long it lived at least.
    finished = ends[-1] if ends else max(last, last_alive or last)
    start = began if began is not None else last
    return Session(
        number=number,
        workers=told[-1] if told else workers,
        begin_s=begin_s,
        end_s=begin_s + max(0.0, finished - start),
        began=began,
        ended=any(e["event"] == "search_end" for _, e in lines),
    )


def _last_alive(following: list[Line]) -> float | None:
    told = (e.get("previous_alive") for _, e in following if e["event"] == "session")
    return next((time for time in told if time is not None), None)


def _shifted(line: Line, session: Session) -> Line:
    writer, event = line
    start = session.began if session.began is not None else event["time"]
    offset = session.begin_s - start
    moved = {**event, "time": event["time"] + offset}
    if "start" in event:
        moved["start"] = event["start"] + offset
    return writer, moved
