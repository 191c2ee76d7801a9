"""A population's board and checkpoints, as earlier sessions of a run left them."""

from __future__ import annotations

import math

from harness.backend import SearchContext
from harness.checkpoints.file import link_checkpoint
from harness.population.config_vector import ConfigVector
from harness.population.member_training import checkpoint_path
from harness.population.table import (
    NONE,
    Board,
    SavedState,
    State,
    initial_board,
)
from harness.records.history import History, PastTrial
from harness.trial import trial_number


def recalled_board(context: SearchContext, vector: ConfigVector) -> Board:
    """Return the board of a population; in a run that begins, its initial one."""
    history = context.history
    board = initial_board(context.configurations, vector)
    for member, past in history.members.items():
        saved = state_left(past)
        board["state"][member] = State.DONE if past.is_over else State.WAITING
        board["trial"][member] = trial_number(past.trial.trial_id)
        # Without a state the trial begins anew.
        board["epoch"][member] = past.epoch if past.is_over or saved is not None else 0
        board["value"][member] = _last_value(history, member)
        board["saved_trial"][member] = NONE if saved is None else saved.trial
        board["saved_epoch"][member] = 0 if saved is None else saved.epoch
        # Who was among the best is forgotten; as on Ray, each with a state may donate it.
        board["donates"][member] = saved is not None
        board["config"][member] = vector.encode(past.trial.config)
    board["trials_opened"] = max(len(board), history.next_number)
    return board


def state_left(past: PastTrial) -> SavedState | None:
    """Return the state that a member goes on from, by its trial: its own, or its parent's."""
    if past.is_over or past.state is None:
        return None
    parent = past.trial.parent_trial_id
    if parent is not None and not past.values:
        return SavedState(trial_number(parent), past.epoch)
    return SavedState(trial_number(past.trial.trial_id), past.epoch)


def recall_checkpoints(context: SearchContext) -> None:
    """Put the members' newest states where other members look for them, and nothing else."""
    for left_over in context.checkpoints.glob("*.pt"):
        left_over.unlink()
    for past in context.history.members.values():
        saved = state_left(past)
        if saved is not None and past.state is not None:
            link_checkpoint(past.state, checkpoint_path(context.checkpoints, saved))


def _last_value(history: History, member: int) -> float:
    """Return the last value of any of a member's trials; NaN if there is none."""
    own = (past for past in history.trials if past.trial.member == member)
    values = [past.last_value for past in own if past.last_value is not None]
    return values[-1] if values else math.nan
