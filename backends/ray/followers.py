"""The further processes of a trial that several processes train together."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError
from ray.util.placement_group import PlacementGroup, get_current_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from harness.errors import WorkerLost, one_line
from harness.parallel.group import GroupMembership
from harness.parallel.presence import announce
from harness.trials.objective import Objective
from harness.trials.objective_spec import ObjectiveSpec

ARRIVAL_S = 300.0
"""How long Ray may take to start a process; it imports all of Ray."""


class Followers:
    """Actors that train what the actor of a slot leads.

    They live in the bundles of the slot's placement group that follow the
    leader's own, and end with the leader's process.

    Parameters
    ----------
    objective
        What is evaluated.
    slot
        The leader's slot.
    ranks
        How many processes train a trial; the leader is rank 0.
    directory
        A directory that all of them can reach.
    """

    def __init__(self, objective: ObjectiveSpec, slot: int, ranks: int, directory: Path) -> None:
        self._objective = objective
        self._slot = slot
        self._ranks = ranks
        self._bundles = _own_placement_group()
        self._rendezvous = directory / f"group-{slot}-{socket.gethostname()}-{os.getpid()}"
        self._actors = [self._start(rank) for rank in range(1, ranks)]
        self._arrivals = [actor.arrive.remote() for actor in self._actors]
        self._work = [actor.follow.remote() for actor in self._actors]

    def prepare_leader(self) -> Objective:
        """Load the data in this process and form the group with the others.

        Raises
        ------
        WorkerLost
            If one of the others is not there.
        """
        # Ray knows whether it could start a process and whether that has died; files do not.
        try:
            ray.get(self._arrivals, timeout=ARRIVAL_S)
        except GetTimeoutError:
            raise WorkerLost(
                f"Ray started no process for another rank of the trial within {ARRIVAL_S:.0f} s."
            ) from None
        except RayActorError as error:
            raise WorkerLost(
                f"A process for another rank of the trial died: {one_line(error)}"
            ) from error
        return self._objective.prepare(self._slot * self._ranks, self._membership(0))

    def end(self) -> None:
        """End the processes."""
        for actor in self._actors:
            ray.kill(actor)

    def _start(self, rank: int) -> Any:
        resources = self._bundles.bundle_specs[rank]
        follower = ray.remote(_Follower).options(
            num_cpus=resources.get("CPU", 0.0),
            num_gpus=resources.get("GPU", 0.0),
            scheduling_strategy=PlacementGroupSchedulingStrategy(
                self._bundles, placement_group_bundle_index=rank
            ),
        )
        local_worker = self._slot * self._ranks + rank
        return follower.remote(self._objective, local_worker, self._membership(rank))

    def _membership(self, rank: int) -> GroupMembership:
        return GroupMembership(rank, self._ranks, self._rendezvous)


class _Follower:
    def __init__(
        self, objective: ObjectiveSpec, local_worker: int, membership: GroupMembership
    ) -> None:
        self._objective = objective
        self._local_worker = local_worker
        self._membership = membership

    def arrive(self) -> None:
        announce(self._membership.rendezvous, self._membership.rank)

    def follow(self) -> None:
        self._objective.prepare(self._local_worker, self._membership).follow()


def _own_placement_group() -> PlacementGroup:
    group = get_current_placement_group()
    if group is None:
        raise RuntimeError("Tune starts an actor in a placement group of its own")
    return group
