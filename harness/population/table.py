"""The board: what every rank knows of a population's members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.population.config_vector import ConfigVector

Board = NDArray[Any]
"""One record per member, of the type that `board_type` makes."""

NONE = -1


class State(IntEnum):
    """Where a member is."""

    WAITING = 0
    """No rank trains it."""
    TRAINING = 1
    """A rank trains it, or keeps it in memory."""
    DONE = 2
    """It has left the population."""


@dataclass(frozen=True)
class SavedState:
    """A checkpoint, by the trial and the epoch that it holds."""

    trial: int
    epoch: int


def board_type(config_size: int) -> np.dtype[Any]:
    """Return the type of a member's record.

    ``trial`` is the number in the name of the member's current trial,
    ``epoch`` and ``value`` are of its last slice, ``saved_trial`` and
    ``saved_epoch`` name the checkpoint that it goes on from, and
    ``trials_opened`` of the first record counts the trials of all members, and ``donates``
    says whether the member was among the best when it was judged last. ``turn`` counts the
    turns of all members up to the member's last.
    """
    return np.dtype(
        [
            ("state", np.int64),
            ("trial", np.int64),
            ("epoch", np.int64),
            ("value", np.float64),
            ("saved_trial", np.int64),
            ("saved_epoch", np.int64),
            ("trials_opened", np.int64),
            ("donates", np.int64),
            ("turn", np.int64),
            ("config", np.int64, (config_size,)),
        ]
    )


def initial_board(configurations: Sequence[Mapping[str, Any]], vector: ConfigVector) -> Board:
    """Return the board of a population that has not begun; member i has configuration i."""
    board = np.zeros(len(configurations), dtype=board_type(vector.size))
    board["state"] = State.WAITING
    board["trial"] = np.arange(len(configurations))
    board["value"] = np.nan
    board["saved_trial"] = NONE
    board["trials_opened"] = len(configurations)
    board["config"] = [vector.encode(config) for config in configurations]
    return board


def open_trial(board: Board) -> int:
    """Return the number of a new trial."""
    number = int(board["trials_opened"][0])
    board["trials_opened"][0] = number + 1
    return number


def saved_state(board: Board, member: int) -> SavedState | None:
    """Return the checkpoint that a member goes on from; None for fresh weights."""
    trial, epoch = int(board["saved_trial"][member]), int(board["saved_epoch"][member])
    return None if trial == NONE else SavedState(trial, epoch)


def may_donate(board: Board, member: int) -> bool:
    """Whether others may take a member's state over.

    It must have been among the best when it was judged, not only now that others have
    become worse, as Ray Tune has it; and its checkpoint must hold the very state that its
    value is of.
    """
    own = board["saved_trial"][member] == board["trial"][member]
    saved = own and board["saved_epoch"][member] == board["epoch"][member]
    return bool(saved and board["donates"][member])


def replace_saved_state(board: Board, member: int, saved: SavedState | None) -> SavedState | None:
    """Let a member go on from another checkpoint.

    Returns
    -------
    SavedState or None
        The checkpoint that nobody needs any longer, if there is one.
    """
    before = saved_state(board, member)
    board["saved_trial"][member] = NONE if saved is None else saved.trial
    board["saved_epoch"][member] = 0 if saved is None else saved.epoch
    if before is None:
        return None
    used = (board["saved_trial"] == before.trial) & (board["saved_epoch"] == before.epoch)
    return None if used.any() else before


def waiting_members(board: Board) -> list[int]:
    """Return the members that a rank may take."""
    return [int(member) for member in np.flatnonzero(board["state"] == State.WAITING)]


def living_values(board: Board) -> dict[int, float]:
    """Return the last value of each member that is in the population; NaN for none."""
    living = np.flatnonzero(board["state"] != State.DONE)
    return {int(member): float(board["value"][member]) for member in living}


def is_over(board: Board) -> bool:
    """Whether every member has left the population."""
    return bool((board["state"] == State.DONE).all())
