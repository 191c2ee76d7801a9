"""Folds the event log of a run into its tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from harness.records.events import Event
from harness.records.happenings import TrialExploited
from harness.records.lines import event_of
from harness.records.schema import EPOCHS, TRIALS, build_table
from harness.records.slot_time import book_slots
from harness.records.timeline import Session, lay_out
from harness.records.trial_log import TrialLog


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
        The trials that exploits opened and that have not begun, by trial.
    """

    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame
    began: float | None
    runtime_s: float
    ended: bool
    sessions: int = 1
    announced: dict[str, TrialExploited] = field(default_factory=dict)


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
    timeline = lay_out(((writer, event_of(line)) for writer, line in events), workers)
    log = TrialLog()
    for writer, event in timeline.told:
        log.take(writer, event, timeline.session_of[writer])
    last = timeline.sessions[-1]
    over = closed or last.ended
    if over:
        log.close_open_trials(last.end_s, reason)
    return RunTables(
        trials=_trials_table(log, run_id),
        epochs=_epochs_table(log, run_id),
        spans=book_slots(log.writers.values(), run_id, timeline.sessions, over),
        began=_first_began(timeline.sessions),
        runtime_s=last.end_s,
        ended=last.ended,
        sessions=len(timeline.sessions),
        announced=log.announced,
    )


def _first_began(sessions: Iterable[Session]) -> float | None:
    return next((session.began for session in sessions if session.began is not None), None)


def _trials_table(log: TrialLog, run_id: str) -> pd.DataFrame:
    rows = []
    last_judged = {trial_id: event for (trial_id, _epoch), event in sorted(log.judged.items())}
    for trial in log.trials.values():
        epochs = log.epochs.get(trial["trial_id"], {})
        judged = last_judged.get(trial["trial_id"])
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
                "judged_value": None if judged is None else judged.value,
                "judged_against": None if judged is None else judged.against,
            }
        )
    return build_table(rows, TRIALS)


def _epochs_table(log: TrialLog, run_id: str) -> pd.DataFrame:
    against = {key: event.against for key, event in log.judged.items()}
    rows = (
        {
            **epoch.row,
            "run_id": run_id,
            "config": json.dumps(epoch.row["config"]),
            "end_s": epoch.row["time"],
            "checkpoint_save_s": epoch.row["checkpoint_save_s"] + epoch.save_s,
            "judged_against": against.get((trial_id, number)),
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
