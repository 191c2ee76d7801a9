"""Propulate's own search loops, without the files and the waits that a harness has no use for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from propulate import Individual, Migrator, Pollinator, Propulator, Surrogate

from backends.propulate.breeding import SearchPropagator
from backends.propulate.communicator import courteous, courteous_part
from backends.propulate.rank import Rank


class _WithoutCheckpoints:
    """Leaves out Propulate's pickled population.

    It takes longer with each individual, is not written atomically, and would
    be resumed from without asking; the event log has all that it holds.
    """

    def _dump_checkpoint(self) -> None:
        pass

    def _dump_final_checkpoint(self) -> None:
        pass


class QuietPropulator(_WithoutCheckpoints, Propulator):
    """One population."""


class QuietPollinator(_WithoutCheckpoints, Pollinator):
    """Islands whose migrants are copies."""


class QuietMigrator(_WithoutCheckpoints, Migrator):
    """Islands whose migrants leave."""


@dataclass(frozen=True)
class Archipelago:
    """How workers are spread over islands.

    Attributes
    ----------
    islands
        How many.
    migration_probability
        Chance of a migration per generation of an island.
    pollination
        Whether migrants are copies.
    """

    islands: int = 1
    migration_probability: float = 0.0
    pollination: bool = True

    def sizes(self, workers: int) -> NDArray[np.int64]:
        """Return the workers of each island; they differ by one at most."""
        return np.array([len(part) for part in np.array_split(np.arange(workers), self.islands)])


@contextmanager
def engine(
    propagator: SearchPropagator,
    loss_fn: Callable[..., Any],
    rank: Rank,
    *,
    archipelago: Archipelago = Archipelago(),
    surrogate: Callable[[], Surrogate] | None = None,
    past: Sequence[Individual] = (),
) -> Iterator[Propulator]:
    """Build the search loop of a rank; collective over all ranks.

    It runs until the propagator ends it.

    Parameters
    ----------
    propagator
        Breeds individuals.
    loss_fn
        Evaluates them.
    rank
        The rank.
    archipelago
        The islands.
    surrogate
        Makes the object that may end evaluations early.
    past
        The individuals that earlier sessions evaluated, the same on every rank.
    """
    # Propulate wants a directory, and leaves it empty here.
    directory = rank.context.directory / "engine"
    world = courteous(rank.world.comm)
    sizes = archipelago.sizes(world.size)
    island = int(np.repeat(np.arange(len(sizes)), sizes)[world.rank])
    own = courteous_part(rank.world.comm, island)
    common = {
        "loss_fn": loss_fn,
        "propagator": propagator,
        "rng": rank.generator(),
        "island_idx": island,
        "island_comm": own,
        "propulate_comm": world,
        "generations": -1,
        "checkpoint_path": directory,
        "surrogate_factory": surrogate,
    }
    if len(sizes) == 1:
        loop: Propulator = QuietPropulator(**common)
    else:
        kind = QuietPollinator if archipelago.pollination else QuietMigrator
        loop = kind(**common, **_migration(archipelago, sizes, island))
    loop.population = settled(past, island, archipelago.islands, own.size)
    propagator.loop = loop
    yield loop
    # After an exception the other ranks would not come here.
    own.close()
    world.close()
    with suppress(OSError):
        directory.rmdir()


def settled(
    past: Sequence[Individual], island: int, islands: int, workers: int
) -> list[Individual]:
    """Return an island's share of the individuals of earlier sessions, as if bred there.

    Parameters
    ----------
    past
        All of them; they are dealt out in turn.
    island, islands
        The island, and how many there are.
    workers
        The island's workers, who share the duty to let its individuals migrate.
    """
    own = list(past[island::islands])
    for place, individual in enumerate(own):
        individual.rank = individual.current = place % workers
        # Propulate counts from 0, and tells individuals apart by it.
        individual.generation = -1 - place
        individual.island = island
        individual.migration_steps = 0
        individual.migration_history = str(island)
    return own


def _migration(archipelago: Archipelago, sizes: NDArray[np.int64], island: int) -> dict[str, Any]:
    count = len(sizes)
    return {
        # One migrant to each of the other islands.
        "migration_topology": np.ones((count, count), dtype=int) - np.eye(count, dtype=int),
        "migration_prob": archipelago.migration_probability / sizes[island],
        "island_displs": np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        "island_counts": sizes,
    }
