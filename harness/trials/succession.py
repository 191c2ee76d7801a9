"""What an exploit does to the records and states: one trial closes, its successor opens."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Protocol

from harness.checkpoints.in_flight import TrialStates
from harness.trial import Judgement, Trial


class ExploitRecord(Protocol):
    """Who records an exploit: a slot, or the driver."""

    def trial_judged(self, trial_id: str, judgement: Judgement) -> None:
        """Record what decided it."""

    def trial_exploited(self, trial_id: str, successor: Trial) -> None:
        """Record that it closed a trial, and which one its member goes on as."""


def open_successor(
    states: TrialStates,
    record: ExploitRecord,
    exploited: str,
    successor: Trial,
    state: Path,
    judgement: Judgement | None,
) -> None:
    """Record the trial that a member goes on as, with its donor's state.

    From here on it can begin even if every process dies.

    Parameters
    ----------
    states
        The states of the trials in flight.
    record
        Where the exploit is recorded.
    exploited
        The trial that ends.
    successor
        The trial that opens; it has a parent.
    state
        The file of the donor's state.
    judgement
        What decided it, if its engine says.
    """
    if successor.parent_epoch is None:
        raise ValueError("a successor has a parent")
    # A process that died between two exploits may have left another's state there.
    states.forget(successor.trial_id)
    with suppress(OSError):
        # The engine still has the donor's checkpoint.
        states.inherit(state, successor.trial_id, successor.parent_epoch)
    if judgement is not None:
        record.trial_judged(exploited, judgement)
    record.trial_exploited(exploited, successor)
