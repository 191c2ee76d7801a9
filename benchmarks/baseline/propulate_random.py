"""Random search with Propulate on MPI ranks, each of which keeps its data.

    mpiexec -n 2 python -m benchmarks.baseline.propulate_random --trials 8 --epochs 4 \\
        --workers 2 --data ../shared/data --out by-hand

Each process writes its epochs into a file of its own there.
"""

from __future__ import annotations

import random
import time

from mpi4py import MPI
from propulate import Individual, Propulator
from propulate.propagators import Propagator

from benchmarks.baseline.options import BaselineOptions, parse_options
from benchmarks.baseline.result import write_result
from benchmarks.baseline.training import Trainer, configurations


class Numbered(Propagator):
    """Gives each rank every so-manieth number of the search."""

    def __init__(self, rank: int, ranks: int, trials: int, rng: random.Random) -> None:
        super().__init__(parents=0, offspring=1, rng=rng)
        self._limits = {"number": (0, trials - 1)}
        self._numbers = iter(range(rank, trials, ranks))

    def __call__(self, inds: list[Individual]) -> Individual:
        """Return the next individual."""
        return Individual({"number": next(self._numbers)}, self._limits)


def search(options: BaselineOptions) -> None:
    """Search; called on every rank.

    Raises
    ------
    ValueError
        If the trials are no multiple of the ranks.
    """
    world = MPI.COMM_WORLD
    if options.trials % world.size:
        raise ValueError(f"{options.trials} trials cannot be dealt to {world.size} ranks evenly")
    options.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(options)
    listed = configurations(options)

    def loss(individual: Individual) -> float:
        number = individual["number"]
        return -trainer.train(number, listed[number], options.epochs)

    propagator = Numbered(world.rank, world.size, options.trials, random.Random(options.seed))
    propulator = Propulator(
        loss_fn=loss,
        propagator=propagator,
        rng=random.Random(options.seed + world.rank),
        generations=options.trials // world.size,
        checkpoint_path=options.out,
    )
    world.Barrier()
    began = time.perf_counter()
    propulator.propulate(debug=0)
    if world.rank == 0:
        write_result(options.out, time.perf_counter() - began)


if __name__ == "__main__":
    search(parse_options())
