"""Folds the event log of a run into its tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.records.events import Event
from harness.records.judgements import Judgements, proposal
from harness.records.schema import EPOCHS, TRIALS, build_table
from harness.records.slot_time import SlotWriter, Span, book_slots
from harness.records.timeline import lay_out
from harness.trial import REOPENED

_OPEN = frozenset({"running", "paused"})
_WORK = frozenset({"train", "validate", "data_wait"})
"""What is lost with an epoch that is trained again."""


@dataclass(frozen=True)
class RunTables:
    """A run, as tables.

    Attributes
    ----------
    trials, epochs, spans
        The tables of `harness.records.schema`.
    began
        Unix time of t = 0; None if the search has not begun.
    runtime_s
        Seconds from t = 0 to the end of the search, or to the last event; the
        time between an interruption and a resume does not count.
    ended
        Whether the engine's search call returned.
    sessions
        How often the run was begun or resumed.
    announced
        The trials that exploits opened and that have not begun: what a
        ``trial_start`` says of them, by trial.
    """

    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame
    began: float | None
    runtime_s: float
    ended: bool
    sessions: int = 1
    announced: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class _Epoch:
    row: dict[str, Any]
    work: list[Span]
    save_s: float = 0.0


@dataclass
class _Log:
    trials: dict[str, dict[str, Any]] = field(default_factory=dict)
    epochs: dict[str, dict[int, _Epoch]] = field(default_factory=dict)
    unfinished_work: dict[str, list[Span]] = field(default_factory=dict)
    open_members: dict[int, str] = field(default_factory=dict)
    announced: dict[str, dict[str, Any]] = field(default_factory=dict)
    judged: Judgements = field(default_factory=Judgements)
    writers: dict[str, SlotWriter] = field(default_factory=dict)


def fold_events(
    events: Iterable[tuple[str, Event]],
    run_id: str,
    workers: int,
    closed: bool = False,
    reason: str = "worker",
) -> RunTables:
    """Fold an event log into tables.

    Parameters
    ----------
    events
        Writer and event, each writer's events in order.
    run_id
        Goes into every row.
    workers
        The number of slots of a session that does not tell its own.
    closed
        Whether no process of the run is alive: trials still open are then
        lost, and unexplained time is booked as lost.
    reason
        Why open trials of a closed run were lost.
    """
    timeline = lay_out(events, workers)
    log = _Log()
    for writer, event in timeline.lines:
        if event["event"] == "writer":
            log.writers[writer] = SlotWriter(event["slot"], timeline.session_of[writer])
        handler = _HANDLERS.get(event["event"])
        if handler is not None:
            handler(log, writer, event)
    last = timeline.sessions[-1]
    over = closed or last.ended
    if over:
        _close_open_trials(log, last.end_s, reason)
    return RunTables(
        trials=_trials_table(log, run_id),
        epochs=_epochs_table(log, run_id),
        spans=book_slots(log.writers.values(), run_id, timeline.sessions, over),
        began=next((s.began for s in timeline.sessions if s.began is not None), None),
        runtime_s=last.end_s,
        ended=last.ended,
        sessions=len(timeline.sessions),
        announced=log.announced,
    )


def _span(log: _Log, writer: str, event: Event) -> None:
    span = Span(event["kind"], event["start"], event["time"], event["trial_id"])
    log.writers[writer].spans.append(span)
    if span.trial_id is not None and span.kind in _WORK:
        log.unfinished_work.setdefault(span.trial_id, []).append(span)


def _idle(log: _Log, writer: str, event: Event) -> None:
    log.writers[writer].idle_since = event["time"]


def _trial_start(log: _Log, writer: str, event: Event) -> None:
    trial_id, member = event["trial_id"], event["member"]
    announced = log.announced.pop(trial_id, {})
    if member is not None:
        _close_exploited(log, log.open_members.get(member), trial_id, event["time"])
        log.open_members[member] = trial_id
    before = log.trials.get(trial_id)
    if before is not None:
        # Its process died before it left a state: it begins anew.
        _forget_epochs_after(log, trial_id, event["parent_epoch"] or 0)
    log.trials[trial_id] = {
        "trial_id": trial_id,
        "number": event["number"],
        "member": member,
        "status": "running",
        "reason": None,
        "error": None,
        "config": event["config"],
        "parent_trial_id": event["parent_trial_id"],
        "parent_epoch": event["parent_epoch"],
        "start": event["time"] if before is None else before["start"],
        "end": None,
        "worker": log.writers[writer].slot,
        "parameters": event["parameters"],
        **proposal(event, announced),
    }


def _close_exploited(log: _Log, trial_id: str | None, successor: str, time: float) -> None:
    trial = log.trials.get(trial_id) if trial_id is not None else None
    if trial is not None and trial_id != successor and trial["status"] in _OPEN:
        trial.update(status="stopped", reason="exploited", end=time)


def _exploit(log: _Log, writer: str, event: Event) -> None:
    _close_exploited(log, event["closed"], event["trial_id"], event["time"])
    begun = log.trials.get(event["trial_id"])
    if begun is None:
        log.announced[event["trial_id"]] = event
    else:
        # Clocks of two processes differ, so it may have begun already.
        begun.update(proposal(begun, event))


def _trial_resume(log: _Log, writer: str, event: Event) -> None:
    trial_id = event["trial_id"]
    trial = log.trials.get(trial_id)
    if trial is None:
        return
    if trial["status"] in {*_OPEN, "lost"} or trial["reason"] in REOPENED:
        trial.update(
            status="running", reason=None, error=None, end=None, worker=log.writers[writer].slot
        )
    _forget_epochs_after(log, trial_id, event["epoch"])


def _forget_epochs_after(log: _Log, trial_id: str, epoch: int) -> None:
    """Drop the epochs that a trial trains again; the work on them is lost."""
    for span in log.unfinished_work.pop(trial_id, []):
        span.kind = "lost"
    epochs = log.epochs.get(trial_id, {})
    for later in [number for number in epochs if number > epoch]:
        for span in epochs.pop(later).work:
            span.kind = "lost"


def _trial_pause(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is not None and trial["status"] == "running":
        trial["status"] = "paused"


def _trial_mutate(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is not None:
        trial["config"] = event["config"]


def _trial_end(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is None or trial["status"] not in _OPEN:
        return
    trial.update(
        status=event["status"], reason=event["reason"], error=event["error"], end=event["time"]
    )


def _epoch(log: _Log, writer: str, event: Event) -> None:
    trial_id = event["trial_id"]
    slot = log.writers[writer].slot
    work = log.unfinished_work.pop(trial_id, [])
    log.epochs.setdefault(trial_id, {})[event["epoch"]] = _Epoch({**event, "worker": slot}, work)
    trial = log.trials.get(trial_id)
    if trial is not None:
        trial["worker"] = slot


def _checkpoint_save(log: _Log, writer: str, event: Event) -> None:
    epoch = log.epochs.get(event["trial_id"], {}).get(event["epoch"])
    if epoch is not None:
        epoch.save_s += event["seconds"]


_HANDLERS: dict[str, Callable[[_Log, str, Event], None]] = {
    "span": _span,
    "idle": _idle,
    "trial_start": _trial_start,
    "exploit": _exploit,
    "trial_resume": _trial_resume,
    "trial_pause": _trial_pause,
    "trial_mutate": _trial_mutate,
    "trial_end": _trial_end,
    "epoch": _epoch,
    "judgement": lambda log, _writer, event: log.judged.note(event),
    "checkpoint_save": _checkpoint_save,
}


def _close_open_trials(log: _Log, time: float, reason: str) -> None:
    for trial in log.trials.values():
        if trial["status"] in _OPEN:
            trial.update(status="lost", reason=reason, end=time)


def _trials_table(log: _Log, run_id: str) -> pd.DataFrame:
    rows = []
    last_judged = log.judged.last()
    for trial in log.trials.values():
        epochs = log.epochs.get(trial["trial_id"], {})
        rows.append(
            {
                **trial,
                "run_id": run_id,
                "config": json.dumps(trial["config"]),
                "epochs": len(epochs),
                "start_s": trial["start"],
                "end_s": trial["end"],
                "best_value": None,
                "last_value": epochs[max(epochs)].row["value"] if epochs else None,
                **last_judged.get(trial["trial_id"], {}),
            }
        )
    return build_table(rows, TRIALS)


def _epochs_table(log: _Log, run_id: str) -> pd.DataFrame:
    rows = (
        {
            **epoch.row,
            "run_id": run_id,
            "config": json.dumps(epoch.row["config"]),
            "end_s": epoch.row["time"],
            "checkpoint_save_s": epoch.row["checkpoint_save_s"] + epoch.save_s,
            "judged_against": log.judged.against(trial_id, number),
        }
        for trial_id, epochs in log.epochs.items()
        for number, epoch in epochs.items()
    )
    table = build_table(rows, EPOCHS)
    return table.sort_values(["end_s", "trial_id"], ignore_index=True)


def with_best_values(trials: pd.DataFrame, epochs: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Return the trials with `best_value`, the best over each trial's epochs."""
    if epochs.empty:
        return trials
    grouped = epochs.groupby("trial_id")["value"]
    best = grouped.max() if mode == "max" else grouped.min()
    return trials.assign(best_value=trials["trial_id"].map(best).astype("float64"))
