"""Two processes that train one trial of a workload together, for its conformance tests."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from harness.testing.workload_under_test import WorkloadUnderTest
    from harness.workload import EpochResult, Training

Heard = TypeVar("Heard")

PATIENCE_S = 300.0
"""How long the two processes may take."""


@dataclass(frozen=True)
class RankEpoch:
    """What one of the two ranks saw in an epoch.

    Attributes
    ----------
    train_loss, samples
        As in `EpochResult`.
    value
        The metric on the validation set afterwards.
    """

    train_loss: float
    samples: int
    value: float


@dataclass(frozen=True)
class RankPair:
    """How two ranks trained.

    Attributes
    ----------
    leader, follower
        Their first epochs.
    leader_trains_alone
        Whether the leader trained another epoch after the follower had been killed, which
        it cannot where they share the work.
    """

    leader: RankEpoch
    follower: RankEpoch
    leader_trains_alone: bool

    def check(self, alone: EpochResult, tolerance: float) -> None:
        """Check that they trained as one rank did, and neither without the other.

        Raises
        ------
        AssertionError
            If not.
        """
        assert self.leader == self.follower
        assert self.leader.samples == alone.samples
        difference = abs(self.leader.train_loss - alone.train_loss)
        assert difference <= tolerance * abs(alone.train_loss), (self.leader, alone)
        assert not self.leader_trains_alone, "each rank trains the whole trial for itself"


def train_in_two_ranks(
    workload: WorkloadUnderTest, config: Mapping[str, Any], folder: Path, max_epochs: int
) -> RankPair:
    """Train an epoch in two processes that are one trial's group.

    Parameters
    ----------
    workload
        Which workload, and how large.
    config
        The configuration.
    folder
        Where the processes meet.
    max_epochs
        The length of a whole training.

    Raises
    ------
    AssertionError
        If a rank fails, or takes too long.
    """
    # The server imports torch once; every rank is a copy of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["harness.training.supervised", "torch._dynamo"])
    processes, channels = [], []
    for rank in range(2):
        here, there = context.Pipe(duplex=False)
        arguments = (workload, dict(config), rank, folder / "rendezvous", max_epochs, there)
        processes.append(context.Process(target=_train, args=arguments, daemon=True))
        processes[-1].start()
        there.close()
        channels.append(here)
    try:
        leader, follower = (
            _heard(rank, channel, RankEpoch) for rank, channel in enumerate(channels)
        )
        processes[1].kill()
        return RankPair(leader, follower, _heard(0, channels[0], bool))
    finally:
        for process in processes:
            process.kill()
            process.join()


def _heard(rank: int, channel: Connection, kind: type[Heard]) -> Heard:
    try:
        assert channel.poll(PATIENCE_S), f"rank {rank} did not train an epoch in {PATIENCE_S:g} s"
        heard = channel.recv()
    except EOFError:
        raise AssertionError(f"rank {rank} ended before it had trained an epoch") from None
    assert isinstance(heard, kind), f"rank {rank} failed: {heard}"
    return heard


def _train(
    workload: WorkloadUnderTest,
    config: dict[str, Any],
    rank: int,
    rendezvous: Path,
    max_epochs: int,
    channel: Connection,
) -> None:
    try:
        training = _build(workload, config, rank, rendezvous, max_epochs)
        result = training.train_epoch()
        channel.send(RankEpoch(result.train_loss, result.samples, float(training.validate())))
    except Exception as error:
        channel.send(f"{type(error).__name__}: {error}")
        return
    if rank == 1:
        # It is killed once both were heard.
        time.sleep(PATIENCE_S)
    try:
        training.train_epoch()
    except RuntimeError:
        channel.send(False)
    else:
        channel.send(True)


def _build(
    under_test: WorkloadUnderTest,
    config: dict[str, Any],
    rank: int,
    rendezvous: Path,
    max_epochs: int,
) -> Training:
    import torch

    from harness.machine.hardware import detect_hardware
    from harness.parallel.group import GroupMembership, TrialGroup
    from harness.plugins.loading import load_workload
    from harness.precision import resolve_precision
    from harness.workload import BuildContext

    torch.set_num_threads(1)
    device = torch.device("cpu")
    loaded = load_workload(under_test.name, dict(under_test.options))
    loaded.load_data(under_test.data, 0, device)
    group = TrialGroup(GroupMembership(rank, 2, rendezvous), device)
    policy = resolve_precision("fp32", "cpu", detect_hardware())
    return loaded.build(config, BuildContext(policy, device, 1, max_epochs, group))
