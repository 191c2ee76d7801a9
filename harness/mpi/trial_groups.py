"""Deals the ranks of an MPI job out to trials that several ranks train together."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.backend import SearchContext
from harness.mpi.world import MpiWorld
from harness.parallel.group import GroupMembership
from harness.parallel.presence import announce

if TYPE_CHECKING:
    from harness.trials.objective import Objective


@dataclass(frozen=True)
class RankPlace:
    """Where one rank stands.

    Attributes
    ----------
    leaders
        The ranks that talk to the engine, with this one among them; None on a
        rank that follows.
    membership
        Its place in its trial's group; None where a trial has one rank, and
        on a master.
    local
        Its number among the ranks of its node that train, from 0: which of the node's
        GPUs it takes. It does not depend on what a launcher calls it.
    """

    leaders: MpiWorld | None
    membership: GroupMembership | None
    local: int

    def prepare(self, context: SearchContext) -> Objective:
        """Load the data on this rank, and meet the others of its trial."""
        return context.objective.prepare(self.local, self.membership)


def place_rank(world: MpiWorld, context: SearchContext, masters: int = 0) -> RankPlace:
    """Find a rank's place; collective.

    Consecutive ranks form a group, so that the ranks of a trial share a node
    where they can.

    Parameters
    ----------
    world
        All ranks.
    context
        The search.
    masters
        The first ranks that train nothing.
    """
    ranks_per_trial = context.spec.ranks_per_trial
    local = local_number(world.gather(socket.gethostname()), world.rank, masters)
    if ranks_per_trial == 1:
        return RankPlace(world, None, local)
    group, number = divmod(max(0, world.rank - masters), ranks_per_trial)
    leads = world.rank < masters or number == 0
    membership = None
    if world.rank >= masters:
        # Ranks that were killed leave their addresses behind; the next session meets elsewhere.
        meeting = context.directory / "engine" / f"groups-{context.recorder.session}"
        membership = GroupMembership(number, ranks_per_trial, meeting / str(group))
        # Before the others look: a network file system remembers for a minute what was not there.
        announce(membership.rendezvous, number)
    leaders: Any = world.comm.Split(color=0 if leads else 1, key=world.rank)
    return RankPlace(world.part(leaders) if leads else None, membership, local)


def local_number(hosts: Sequence[str], rank: int, masters: int = 0) -> int:
    """Return how many ranks below `rank` train on its host, of which `hosts` names each rank's."""
    return hosts[masters:rank].count(hosts[rank])
