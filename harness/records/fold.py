"""Folds the event log of a run into its tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.records.events import Event
from harness.records.schema import EPOCHS, TRIALS, build_table
from harness.records.slot_time import SlotWriter, book_slots


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
        Seconds from t = 0 to the end of the search, or to the last event.
    ended
        Whether the engine's search call returned.
    """

    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame
    began: float | None
    runtime_s: float
    ended: bool


@dataclass
class _Log:
    began: float | None = None
    finished: float | None = None
    last_time: float = 0.0
    trials: dict[str, dict[str, Any]] = field(default_factory=dict)
    epochs: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    saves: dict[tuple[str, int], float] = field(default_factory=dict)
    open_members: dict[int, str] = field(default_factory=dict)
    writers: dict[str, SlotWriter] = field(default_factory=dict)


def fold_events(
    events: Iterable[tuple[str, Event]], run_id: str, workers: int, closed: bool = False
) -> RunTables:
    """Fold an event log into tables.

    Parameters
    ----------
    events
        Writer and event, each writer's events in order.
    run_id
        Goes into every row.
    workers
        The number of slots.
    closed
        Whether no process of the run is alive: trials still open are then
        lost, and unexplained time is booked as lost.
    """
    log = _Log()
    for writer, event in sorted(events, key=lambda item: item[1]["time"]):
        _apply(log, writer, event)
    began = log.began if log.began is not None else log.last_time
    finished = log.finished if log.finished is not None else log.last_time
    runtime = max(0.0, finished - began)
    over = closed or log.finished is not None
    if over:
        _close_open_trials(log, finished)
    return RunTables(
        trials=_trials_table(log, run_id, began),
        epochs=_epochs_table(log, run_id, began),
        spans=book_slots(log.writers.values(), run_id, workers, began, runtime, over),
        began=log.began,
        runtime_s=runtime,
        ended=log.finished is not None,
    )


def _apply(log: _Log, writer: str, event: Event) -> None:
    log.last_time = max(log.last_time, event["time"])
    handler = _HANDLERS.get(event["event"])
    if handler is not None:
        handler(log, writer, event)


def _search_begin(log: _Log, writer: str, event: Event) -> None:
    log.began = event["time"] if log.began is None else log.began


def _search_end(log: _Log, writer: str, event: Event) -> None:
    log.finished = event["time"]


def _writer(log: _Log, writer: str, event: Event) -> None:
    log.writers[writer] = SlotWriter(slot=event["slot"])


def _span(log: _Log, writer: str, event: Event) -> None:
    log.writers[writer].add(event["kind"], event["start"], event["time"], event["trial_id"])


def _idle(log: _Log, writer: str, event: Event) -> None:
    log.writers[writer].idle_since = event["time"]


def _trial_start(log: _Log, writer: str, event: Event) -> None:
    trial_id, member = event["trial_id"], event["member"]
    if member is not None:
        _close_exploited(log, log.open_members.get(member), trial_id, event["time"])
        log.open_members[member] = trial_id
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
        "start": event["time"],
        "end": None,
        "worker": log.writers[writer].slot,
        "parameters": event["parameters"],
    }


def _close_exploited(log: _Log, trial_id: str | None, successor: str, time: float) -> None:
    trial = log.trials.get(trial_id) if trial_id is not None else None
    if trial is not None and trial_id != successor and trial["status"] in {"running", "paused"}:
        trial.update(status="stopped", reason="exploited", end=time)


def _trial_resume(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is not None and trial["status"] == "paused":
        trial.update(status="running", worker=log.writers[writer].slot)


def _trial_pause(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is not None and trial["status"] == "running":
        trial["status"] = "paused"


def _trial_mutate(log: _Log, writer: str, event: Event) -> None:
    log.trials[event["trial_id"]]["config"] = event["config"]


def _trial_end(log: _Log, writer: str, event: Event) -> None:
    trial = log.trials.get(event["trial_id"])
    if trial is None or trial["status"] not in {"running", "paused"}:
        return
    trial.update(
        status=event["status"], reason=event["reason"], error=event["error"], end=event["time"]
    )


def _epoch(log: _Log, writer: str, event: Event) -> None:
    key = (event["trial_id"], event["epoch"])
    log.epochs[key] = {**event, "worker": log.writers[writer].slot}
    trial = log.trials.get(event["trial_id"])
    if trial is not None:
        trial["worker"] = log.writers[writer].slot


def _checkpoint_save(log: _Log, writer: str, event: Event) -> None:
    key = (event["trial_id"], event["epoch"])
    log.saves[key] = log.saves.get(key, 0.0) + event["seconds"]


_HANDLERS = {
    "search_begin": _search_begin,
    "search_end": _search_end,
    "writer": _writer,
    "span": _span,
    "idle": _idle,
    "trial_start": _trial_start,
    "trial_resume": _trial_resume,
    "trial_pause": _trial_pause,
    "trial_mutate": _trial_mutate,
    "trial_end": _trial_end,
    "epoch": _epoch,
    "checkpoint_save": _checkpoint_save,
}


def _close_open_trials(log: _Log, time: float) -> None:
    for trial in log.trials.values():
        if trial["status"] in {"running", "paused"}:
            trial.update(status="lost", reason="worker", end=time)


def _trials_table(log: _Log, run_id: str, began: float) -> pd.DataFrame:
    values: dict[str, list[tuple[int, float]]] = {}
    for (trial_id, epoch), row in log.epochs.items():
        values.setdefault(trial_id, []).append((epoch, row["value"]))
    rows = []
    for trial in log.trials.values():
        curve = [value for _epoch, value in sorted(values.get(trial["trial_id"], []))]
        rows.append(
            {
                **trial,
                "run_id": run_id,
                "config": json.dumps(trial["config"]),
                "epochs": len(curve),
                "start_s": trial["start"] - began,
                "end_s": None if trial["end"] is None else trial["end"] - began,
                "best_value": None,
                "last_value": curve[-1] if curve else None,
            }
        )
    return build_table(rows, TRIALS)


def _epochs_table(log: _Log, run_id: str, began: float) -> pd.DataFrame:
    rows = (
        {
            **row,
            "run_id": run_id,
            "config": json.dumps(row["config"]),
            "end_s": row["time"] - began,
            "checkpoint_save_s": row["checkpoint_save_s"] + log.saves.get(key, 0.0),
        }
        for key, row in log.epochs.items()
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
