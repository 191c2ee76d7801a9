"""What a log tells of trials, event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.happenings import (
    CheckpointSaved,
    EpochTrained,
    Happening,
    IdleBegan,
    SlotOpened,
    SpanBooked,
    TrialEnded,
    TrialExploited,
    TrialJudged,
    TrialMutated,
    TrialPaused,
    TrialResumed,
    TrialStarted,
)
from harness.records.slot_time import SlotWriter, Span
from harness.trial import REOPENED

_OPEN = frozenset({"running", "paused"})
_WORK = frozenset({"train", "validate", "data_wait"})
"""What is lost with an epoch that is trained again."""


@dataclass
class EpochRow:
    """An epoch, the work it took and what checkpoints after it cost."""

    row: dict[str, Any]
    work: list[Span]
    save_s: float = 0.0


@dataclass
class TrialLog:
    """What a log has told so far, by trial."""

    trials: dict[str, dict[str, Any]] = field(default_factory=dict)
    epochs: dict[str, dict[int, EpochRow]] = field(default_factory=dict)
    unfinished_work: dict[str, list[Span]] = field(default_factory=dict)
    open_members: dict[int, str] = field(default_factory=dict)
    announced: dict[str, TrialExploited] = field(default_factory=dict)
    judged: dict[tuple[str, int], TrialJudged] = field(default_factory=dict)
    writers: dict[str, SlotWriter] = field(default_factory=dict)

    def take(self, writer: str, happening: Happening, session: int) -> None:
        """Learn from one event of a writer, in the order of time."""
        if isinstance(happening, SlotOpened):
            self.writers[writer] = SlotWriter(happening.slot, session)
        handler = _HANDLERS.get(type(happening))
        if handler is not None:
            handler(self, writer, happening)

    def close_open_trials(self, time: float, reason: str) -> None:
        """Note that no process is alive: trials that are open are lost."""
        for trial in self.trials.values():
            if trial["status"] in _OPEN:
                trial.update(status="lost", reason=reason, end=time)


def _span(log: TrialLog, writer: str, event: SpanBooked) -> None:
    span = Span(event.kind, event.start, event.time, event.trial_id)
    log.writers[writer].spans.append(span)
    if span.trial_id is not None and span.kind in _WORK:
        log.unfinished_work.setdefault(span.trial_id, []).append(span)


def _idle(log: TrialLog, writer: str, event: IdleBegan) -> None:
    log.writers[writer].idle_since = event.time


def _trial_start(log: TrialLog, writer: str, event: TrialStarted) -> None:
    trial_id, member = event.trial_id, event.member
    announced = log.announced.pop(trial_id, None)
    if member is not None:
        _close_exploited(log, log.open_members.get(member), trial_id, event.time)
        log.open_members[member] = trial_id
    before = log.trials.get(trial_id)
    if before is not None:
        # Its process died before it left a state: it begins anew.
        _forget_epochs_after(log, trial_id, event.parent_epoch or 0)
    log.trials[trial_id] = {
        "trial_id": trial_id,
        "number": event.number,
        "member": member,
        "status": "running",
        "reason": None,
        "error": None,
        "config": event.config,
        "parent_trial_id": event.parent_trial_id,
        "parent_epoch": event.parent_epoch,
        "start": event.time if before is None else before["start"],
        "end": None,
        "worker": log.writers[writer].slot,
        "parameters": event.parameters,
        **_proposal(vars(event), vars(announced) if announced is not None else {}),
    }


def _proposal(told: Mapping[str, Any], announced: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a configuration comes from; who opens a trial may know more than who begins it.

    Logs of earlier releases do not say.
    """
    names = ("origin", "told")
    return {n: announced.get(n) if told.get(n) is None else told[n] for n in names}


def _close_exploited(log: TrialLog, trial_id: str | None, successor: str, time: float) -> None:
    trial = log.trials.get(trial_id) if trial_id is not None else None
    if trial is not None and trial_id != successor and trial["status"] in _OPEN:
        trial.update(status="stopped", reason="exploited", end=time)


def _exploit(log: TrialLog, writer: str, event: TrialExploited) -> None:
    _close_exploited(log, event.closed, event.trial_id, event.time)
    begun = log.trials.get(event.trial_id)
    if begun is None:
        log.announced[event.trial_id] = event
    else:
        # Clocks of two processes differ, so it may have begun already.
        begun.update(_proposal(begun, vars(event)))


def _trial_resume(log: TrialLog, writer: str, event: TrialResumed) -> None:
    trial_id = event.trial_id
    trial = log.trials.get(trial_id)
    if trial is None:
        return
    if trial["status"] in {*_OPEN, "lost"} or trial["reason"] in REOPENED:
        trial.update(
            status="running", reason=None, error=None, end=None, worker=log.writers[writer].slot
        )
    _forget_epochs_after(log, trial_id, event.epoch)


def _forget_epochs_after(log: TrialLog, trial_id: str, epoch: int) -> None:
    """Drop the epochs that a trial trains again; the work on them is lost."""
    for span in log.unfinished_work.pop(trial_id, []):
        span.kind = "lost"
    epochs = log.epochs.get(trial_id, {})
    for later in [number for number in epochs if number > epoch]:
        for span in epochs.pop(later).work:
            span.kind = "lost"


def _trial_pause(log: TrialLog, writer: str, event: TrialPaused) -> None:
    trial = log.trials.get(event.trial_id)
    if trial is not None and trial["status"] == "running":
        trial["status"] = "paused"


def _trial_mutate(log: TrialLog, writer: str, event: TrialMutated) -> None:
    trial = log.trials.get(event.trial_id)
    if trial is not None:
        trial["config"] = event.config


def _trial_end(log: TrialLog, writer: str, event: TrialEnded) -> None:
    trial = log.trials.get(event.trial_id)
    if trial is None or trial["status"] not in _OPEN:
        return
    trial.update(status=event.status, reason=event.reason, error=event.error, end=event.time)


def _epoch(log: TrialLog, writer: str, event: EpochTrained) -> None:
    trial_id = event.trial_id
    slot = log.writers[writer].slot
    work = log.unfinished_work.pop(trial_id, [])
    log.epochs.setdefault(trial_id, {})[event.epoch] = EpochRow(
        {**vars(event), "worker": slot}, work
    )
    trial = log.trials.get(trial_id)
    if trial is not None:
        trial["worker"] = slot


def _judgement(log: TrialLog, writer: str, event: TrialJudged) -> None:
    log.judged[event.trial_id, event.epoch] = event


def _checkpoint_save(log: TrialLog, writer: str, event: CheckpointSaved) -> None:
    epoch = log.epochs.get(event.trial_id, {}).get(event.epoch)
    if epoch is not None:
        epoch.save_s += event.seconds


_HANDLERS: dict[type[Happening], Callable[[TrialLog, str, Any], None]] = {
    SpanBooked: _span,
    IdleBegan: _idle,
    TrialStarted: _trial_start,
    TrialExploited: _exploit,
    TrialResumed: _trial_resume,
    TrialPaused: _trial_pause,
    TrialMutated: _trial_mutate,
    TrialEnded: _trial_end,
    EpochTrained: _epoch,
    TrialJudged: _judgement,
    CheckpointSaved: _checkpoint_save,
}
