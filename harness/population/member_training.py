"""Trains slices of members in one process, and keeps the last one in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backend import SearchContext
from harness.population.rules import TrainedSlice
from harness.population.table import SavedState
from harness.records.recorder import SlotRecorder
from harness.trial import (
    TIME_LIMIT,
    Judgement,
    Trial,
    first_trial,
    trial_name,
    trial_number,
)
from harness.trials.objective import Objective
from harness.trials.run import TrialRun
from harness.trials.succession import open_successor


@dataclass(frozen=True)
class Slice:
    """An interval of a member's training: what an individual stands for.

    Attributes
    ----------
    member
        The member.
    trial
        The number in the name of its trial.
    config
        Its configuration.
    inherited
        The checkpoint to go on from: its own, or after an exploit another
        member's; None for fresh weights.
    """

    member: int
    trial: int
    config: Mapping[str, Any]
    inherited: Path | None


def checkpoint_path(directory: Path, saved: SavedState) -> Path:
    """Return the file of a checkpoint."""
    return directory / f"{trial_name(saved.trial)}-{saved.epoch:05d}.pt"


class SliceTrainer:
    """Trains slices in this process.

    A member that stays in its process goes on from memory; it is saved only to be
    exploited, or to make room for another member.

    Parameters
    ----------
    context
        The search.
    objective
        What to evaluate.
    slot
        This process' record.
    """

    def __init__(self, context: SearchContext, objective: Objective, slot: SlotRecorder) -> None:
        self._context = context
        self._objective = objective
        self._slot = slot
        self._run: TrialRun | None = None

    def train(self, piece: Slice) -> TrainedSlice:
        """Train a slice."""
        run = self._run_of(piece)
        value = math.nan
        interval = self._context.spec.interval
        # A trial that was cut off goes on within its interval.
        until = (run.epoch // interval + 1) * interval
        while not run.ended and run.epoch < until:
            value = run.advance().value
            if not run.ended and self._objective.deadline.has_passed():
                run.stop(TIME_LIMIT)
        return TrainedSlice(piece.member, run.epoch, value, run.ended)

    def save(self) -> SavedState:
        """Save the trial in memory, and keep it."""
        run = self._in_memory()
        saved = SavedState(trial_number(run.trial.trial_id), run.epoch)
        run.save(checkpoint_path(self._context.checkpoints, saved))
        return saved

    def pause(self) -> SavedState:
        """Save the trial in memory, and let it go."""
        saved = self.save()
        self._in_memory().pause()
        self._run = None
        return saved

    def announce(self, successor: Trial, judgement: Judgement | None) -> None:
        """Record the trial that the member in memory goes on as, with its state.

        Should all processes die before it begins, a resumed search begins it.
        """
        if successor.parent_trial_id is None or successor.parent_epoch is None:
            raise ValueError("a successor has a parent")
        saved = SavedState(trial_number(successor.parent_trial_id), successor.parent_epoch)
        state = checkpoint_path(self._context.checkpoints, saved)
        exploited, states = self._in_memory().trial.trial_id, self._context.objective.states
        open_successor(states, self._slot, exploited, successor, state, judgement)

    def end_exploited(self) -> None:
        """End the trial in memory: its member goes on as another trial."""
        self._in_memory().stop("exploited")
        self._run = None

    def stop_at_time_limit(self) -> None:
        """Stop the trial in memory, if there is one that is not over."""
        if self._run is not None:
            self._run.stop(TIME_LIMIT)

    def discard(self, saved: SavedState) -> None:
        """Remove a checkpoint."""
        checkpoint_path(self._context.checkpoints, saved).unlink(missing_ok=True)

    def _run_of(self, piece: Slice) -> TrialRun:
        trial_id = trial_name(piece.trial)
        if self._run is None or self._run.ended or self._run.trial.trial_id != trial_id:
            if piece.trial == piece.member:
                trial = first_trial(piece.member, piece.config)
            else:
                # The exploit that opened it has recorded where it comes from.
                trial = Trial(trial_id, piece.member, piece.config, member=piece.member)
            self._run = self._objective.start(trial, self._slot, piece.inherited)
        return self._run

    def _in_memory(self) -> TrialRun:
        if self._run is None:
            raise RuntimeError("no trial is in memory")
        return self._run
