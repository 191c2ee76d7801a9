"""The processes that train one trial together."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import torch
from torch import distributed

from harness.checkpoints.packing import pack, unpack
from harness.parallel.meeting import meet

COLLECTIVE_TIMEOUT = timedelta(minutes=10)
"""How long a process waits for the others of its trial before it gives up."""

COMMAND_TIMEOUT = timedelta(days=7)
"""How long a process waits for the next trial."""

FAREWELL_S = 2.0
"""How long the rest of a broken group waits to be told to end, before it ends by itself."""

BatchScaling = Literal["trial", "rank"]
"""Whether a workload's batch size is that of the trial or that of each of its ranks."""


@dataclass(frozen=True)
class GroupMembership:
    """A process' place among those that train trials together.

    Attributes
    ----------
    rank
        Its number; 0 leads.
    ranks
        How many there are.
    rendezvous
        A file that does not exist yet, which all of them can reach.
    """

    rank: int
    ranks: int
    rendezvous: Path


class TrialGroup:
    """Collective operations of the processes that train one trial.

    A process is a member of one group at most, for its whole life. If one dies,
    the others end as if they had been killed, too: no rank can train without the
    others, and the trial is not at fault. Whoever looks after dead workers then
    takes it up again.

    Parameters
    ----------
    membership
        This process' place.
    device
        Where its model lives: gloo connects processors, NCCL connects GPUs.
    """

    def __init__(self, membership: GroupMembership, device: torch.device) -> None:
        self.rank = membership.rank
        self.ranks = membership.ranks
        self.device = device
        # Torch waits for ever for a file whose folder does not exist.
        membership.rendezvous.parent.mkdir(parents=True, exist_ok=True)
        _choose_interface(os.environ, meet(membership.rendezvous, self.rank, self.ranks))
        distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            init_method=f"file://{membership.rendezvous}",
            rank=membership.rank,
            world_size=membership.ranks,
            timeout=COLLECTIVE_TIMEOUT,
        )
        # Commands go over gloo on every device: a follower may wait for hours.
        self._commands: Any = distributed.new_group(backend="gloo", timeout=COMMAND_TIMEOUT)

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sum of `values` over the processes."""
        total = values.clone()
        distributed.all_reduce(total)
        return total

    def broadcast(self, value: Any = None) -> Any:
        """Return the leader's `value`, which can be pickled, in every process."""
        # The tensors of a state that was read share one storage. Pickled one by one, each would
        # take all of it along.
        box = [pack({"value": value})]
        with _ended_with_its_group():
            distributed.broadcast_object_list(box, src=0, group=self._commands)
        return unpack(box[0])["value"]

    def gather(self, value: Any) -> list[Any]:
        """Return every process' `value`, by rank."""
        values: list[Any] = [None] * self.ranks
        with _ended_with_its_group():
            distributed.all_gather_object(values, value, group=self._commands)
        return values

    def close(self) -> None:
        """Leave the group."""
        distributed.destroy_process_group()


@contextmanager
def _ended_with_its_group() -> Iterator[None]:
    try:
        yield
    except RuntimeError:
        # Where the whole search is told to end, the signal comes first.
        time.sleep(FAREWELL_S)
        os.kill(os.getpid(), signal.SIGKILL)


def _choose_interface(environ: MutableMapping[str, str], interface: str | None) -> None:
    # Left alone, gloo takes the address of the host's own name, which may be the loopback's,
    # or that of a network that the others are not in.
    if interface is not None:
        environ.setdefault("GLOO_SOCKET_IFNAME", interface)
