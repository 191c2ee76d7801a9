"""Population-based training as a propagator of Propulate."""

from __future__ import annotations

from propulate import Individual

from backends.propulate.breeding import SearchPropagator, with_task
from backends.propulate.rank import Rank
from harness.mpi.shared_array import SharedArray
from harness.population.config_vector import ConfigVector
from harness.population.member_training import Slice, SliceTrainer, checkpoint_path
from harness.population.rules import Fate, PopulationRules, TrainedSlice, Turn
from harness.population.table import Board, is_over, saved_state, waiting_members


class PopulationPropagator(SearchPropagator):
    """Breeds the next slice of a population's training.

    An individual is a member's interval of training. It inherits the state of
    the member's last slice, or after an exploit the state and the mutated
    configuration of a better member. No process leads: each rank takes its
    turn in a transaction on a board that all share.

    Parameters
    ----------
    rank
        This rank.
    board
        The population's board.
    trainer
        Holds the trial that this rank trained last.
    """

    def __init__(self, rank: Rank, board: SharedArray, trainer: SliceTrainer) -> None:
        super().__init__()
        self._board = board
        self._trainer = trainer
        self._deadline = rank.deadline
        self._checkpoints = rank.context.checkpoints
        self._rules = PopulationRules(rank.spec, rank.context.space)
        self._vector = ConfigVector(rank.context.space)
        self._limits = {"member": (0, rank.spec.trials - 1)}
        self._trained: TrainedSlice | None = None

    def note(self, trained: TrainedSlice) -> None:
        """Note the slice that this rank has just trained."""
        self._trained = trained

    def __call__(self, inds: list[Individual]) -> Individual:
        """Return the next individual; wait, asleep, while other ranks train all members."""
        while True:
            with self._board.transaction() as board:
                turn = self._rules.take_turn(board, self._trained)
                piece = None if turn.member is None else self._slice(board, turn.member)
                if turn.successor is not None:
                    # Before another rank can take it.
                    self._trainer.announce(turn.successor, turn.judgement)
            self._settle(turn)
            self._trained = None
            if piece is not None and not self._deadline.has_passed():
                return self._individual(piece)
            if piece is not None or not self._wait_for_members():
                self._trainer.stop_at_time_limit()
                self.end_search()
                return self._individual(None)

    def _settle(self, turn: Turn) -> None:
        """Do what a turn says with the trial in memory and with checkpoints."""
        if turn.obsolete is not None:
            self._trainer.discard(turn.obsolete)
        if turn.fate is Fate.EXPLOITED:
            self._trainer.end_exploited()
        if turn.fate not in {Fate.SAVED, Fate.PAUSED} or self._trained is None:
            return
        paused = turn.fate is Fate.PAUSED
        saved = self._trainer.pause() if paused else self._trainer.save()
        with self._board.transaction() as board:
            obsolete = self._rules.note_saved(board, self._trained.member, saved, paused)
        if obsolete is not None:
            self._trainer.discard(obsolete)

    def _wait_for_members(self) -> bool:
        """Wait until a member can be taken; return False when there will be none."""

        def is_settled(board: Board) -> bool:
            return self._deadline.has_passed() or is_over(board) or bool(waiting_members(board))

        board = self._board.wait_until(is_settled)
        return not self._deadline.has_passed() and not is_over(board)

    def _slice(self, board: Board, member: int) -> Slice:
        saved = saved_state(board, member)
        return Slice(
            member=member,
            trial=int(board["trial"][member]),
            config=self._vector.decode(board["config"][member]),
            inherited=None if saved is None else checkpoint_path(self._checkpoints, saved),
        )

    def _individual(self, piece: Slice | None) -> Individual:
        # Its only trait is the member: no propagator of Propulate's moves it.
        traits = {"member": 0 if piece is None else piece.member}
        return with_task(Individual(traits, self._limits), piece)
