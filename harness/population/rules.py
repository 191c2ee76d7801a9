"""The rules of population-based training, applied to a board.

They are those of Ray Tune's asynchronous ``PopulationBasedTraining``: a member
is judged when it has trained for an interval, against the last values of all
members in the population. One of the worst takes over the saved state and the
mutated configuration of one of the best; one of the best saves its state.
Members take turns on the workers, the one that is furthest behind first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from harness.population.config_vector import ConfigVector
from harness.population.table import (
    Board,
    SavedState,
    State,
    living_values,
    may_donate,
    open_trial,
    replace_saved_state,
    saved_state,
    waiting_members,
)
from harness.rules.exploration import explore, quantiles
from harness.search_spec import SearchSpec
from harness.trial import Judgement, Trial, trial_name

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


@dataclass(frozen=True)
class TrainedSlice:
    """What a rank has to tell of the member that it trained.

    Attributes
    ----------
    member
        The member.
    epoch
        Its last epoch.
    value
        The validation value after it.
    ended
        Whether its trial is over: complete, failed or stopped.
    """

    member: int
    epoch: int
    value: float
    ended: bool


class Fate(Enum):
    """What becomes of the trial that a rank has in memory."""

    ENDED = auto()
    """It is over already, or there is none."""
    KEPT = auto()
    """The rank trains on."""
    SAVED = auto()
    """The rank saves it and trains on."""
    PAUSED = auto()
    """The rank saves it and trains another."""
    EXPLOITED = auto()
    """The member takes over another's state; the trial is over."""


@dataclass(frozen=True)
class Turn:
    """What a rank does next.

    Attributes
    ----------
    fate
        What becomes of the trial in memory.
    member
        The member to train; None if there is none to train now.
    obsolete
        A checkpoint that nobody needs any longer.
    successor
        The trial that the exploited member goes on as.
    judgement
        The values of the exploited member and of its donor.
    """

    fate: Fate
    member: int | None
    obsolete: SavedState | None = None
    successor: Trial | None = None
    judgement: Judgement | None = None


class PopulationRules:
    """Decides, in transactions on the board, who trains what.

    Parameters
    ----------
    spec
        Quantile, resampling and factors, and the direction.
    space
        Bounds mutated values.
    """

    def __init__(self, spec: SearchSpec, space: ConfigurationSpace) -> None:
        self._spec = spec
        self._space = space
        self._vector = ConfigVector(space)

    def take_turn(self, board: Board, trained: TrainedSlice | None) -> Turn:
        """Note what a rank trained, and find what it trains next.

        Parameters
        ----------
        board
            The board, changed in place.
        trained
            The slice that the rank has just trained; None if it has none to tell of.
        """
        if trained is None:
            return Turn(Fate.ENDED, self._claim(board, None))
        member = trained.member
        board["epoch"][member], board["value"][member] = trained.epoch, trained.value
        if trained.ended:
            board["state"][member] = State.DONE
            obsolete = replace_saved_state(board, member, None)
            return Turn(Fate.ENDED, self._claim(board, None), obsolete)
        larger = self._spec.mode == "max"
        bottom, top = quantiles(living_values(board), self._spec.quantile, larger)
        board["donates"][member] = member in top
        if member in bottom:
            generator = self._generator(member, trained.epoch, board)
            donor = top[int(generator.integers(len(top)))]
            if may_donate(board, donor):
                against = float(board["value"][donor])
                judgement = Judgement(trained.epoch, trained.value, against, goes_on=False)
                successor, obsolete = self._exploit(board, member, donor, generator)
                following = self._claim(board, None)
                return Turn(Fate.EXPLOITED, following, obsolete, successor, judgement)
        following = self._claim(board, member)
        if following != member:
            return Turn(Fate.PAUSED, following)
        return Turn(Fate.SAVED if member in top else Fate.KEPT, member)

    def note_saved(
        self, board: Board, member: int, saved: SavedState, paused: bool
    ) -> SavedState | None:
        """Note that a member's state was saved, and whether it left its rank.

        Returns
        -------
        SavedState or None
            A checkpoint that nobody needs any longer.
        """
        if paused:
            board["state"][member] = State.WAITING
        return replace_saved_state(board, member, saved)

    def _claim(self, board: Board, kept: int | None) -> int | None:
        """Take the member that is furthest behind; of equals, the one that waits longest.

        An exploited member so comes after its donor, as on Ray; if it came before, it would
        exploit it for ever where values fall after a peak.
        """
        candidates = waiting_members(board) + ([] if kept is None else [kept])
        if not candidates:
            return None
        chosen = min(candidates, key=lambda member: (board["epoch"][member], board["turn"][member]))
        board["turn"][chosen] = board["turn"].max() + 1
        board["state"][chosen] = State.TRAINING
        return chosen

    def _exploit(
        self, board: Board, member: int, donor: int, generator: np.random.Generator
    ) -> tuple[Trial, SavedState | None]:
        config = explore(
            self._vector.decode(board["config"][donor]),
            self._space,
            self._spec.mutable,
            generator,
            self._spec.resample_probability,
            self._spec.perturbation_factors,
        )
        board["config"][member] = self._vector.encode(config)
        board["trial"][member] = open_trial(board)
        board["epoch"][member] = board["saved_epoch"][donor]
        board["state"][member] = State.WAITING
        successor = Trial(
            trial_name(int(board["trial"][member])),
            member,
            config,
            member=member,
            parent_trial_id=trial_name(int(board["saved_trial"][donor])),
            parent_epoch=int(board["saved_epoch"][donor]),
            origin="exploit",
            told=sum(not math.isnan(value) for value in living_values(board).values()),
        )
        return successor, replace_saved_state(board, member, saved_state(board, donor))

    def _generator(self, member: int, epoch: int, board: Board) -> np.random.Generator:
        # It depends on what is decided, not on the rank that decides.
        trial = int(board["trial"][member])
        return np.random.default_rng([self._spec.seed, member, trial, epoch])
