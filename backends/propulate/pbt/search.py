"""Population-based training, as one rank runs it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from propulate import Individual

from backends.propulate.engine import engine
from backends.propulate.evaluation import loss_of
from backends.propulate.pbt.propagator import PopulationPropagator
from backends.propulate.rank import Rank
from harness.mpi.shared_array import SharedArray
from harness.population.config_vector import ConfigVector
from harness.population.member_training import Slice, SliceTrainer
from harness.population.resume import recall_checkpoints, recalled_board
from harness.population.table import State
from harness.records.recorder import DriverRecorder
from harness.trial import TIME_LIMIT, trial_name


@contextmanager
def population_search(rank: Rank) -> Iterator[Callable[[], None]]:
    """Set up population-based training; its members take turns on the ranks."""
    context = rank.context
    if rank.number == 0:
        recall_checkpoints(context)
    board = SharedArray(rank.world, recalled_board(context, ConfigVector(context.space)))
    trainer = SliceTrainer(context, rank.objective, rank.slot)
    propagator = PopulationPropagator(rank, board, trainer)

    def train(individual: Individual) -> float:
        piece: Slice | None = individual.task
        if piece is None:
            individual.active = False
            return math.inf
        trained = trainer.train(piece)
        propagator.note(trained)
        return loss_of(trained.value, rank.spec.mode)

    with engine(propagator, train, rank) as loop:

        def search() -> None:
            loop.propulate(debug=0)
            if rank.driver is not None:
                _stop_paused_trials(board, rank.driver)

        yield search
    board.free()


def _stop_paused_trials(board: SharedArray, driver: DriverRecorder) -> None:
    """Record the end of the trials whose next turn the time limit has taken."""
    members = board.read()
    paused = (members["state"] != State.DONE) & (members["saved_trial"] == members["trial"])
    for trial in members["trial"][np.flatnonzero(paused)]:
        driver.trial_stopped(trial_name(int(trial)), TIME_LIMIT)
