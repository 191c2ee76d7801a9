"""A communicator on which Propulate neither blocks nor spins."""

from __future__ import annotations

from typing import Any

from mpi4py import MPI

from harness.mpi.waiting import wait_asleep

MOST_OUTGOING = 32
"""Messages under way after which those that have arrived are forgotten."""


class CourteousCommunicator(MPI.Intracomm):
    """A communicator whose sends return at once and whose barriers sleep.

    Propulate sends each evaluated individual with a blocking send; a receiver
    that trains for minutes would hold the sender up. It waits for the slowest
    rank in MPI's barrier, which keeps a core busy.
    """

    def __init__(self, comm: MPI.Intracomm) -> None:
        self._outgoing: list[MPI.Request] = []

    def send(self, obj: Any, dest: int, tag: int = 0) -> None:
        """Send `obj` without waiting for it to arrive."""
        self._outgoing.append(self.isend(obj, dest=dest, tag=tag))
        if len(self._outgoing) > MOST_OUTGOING:
            self._forget_arrived()

    def barrier(self) -> None:
        """Wait, asleep, until every rank is here."""
        wait_asleep(self.Ibarrier().Test)

    def close(self) -> None:
        """Give the communicator back; collective. What nobody received is dropped."""
        wait_asleep(lambda: MPI.Request.Testall(self._outgoing), idle=self._drop_incoming)
        wait_asleep(self.Ibarrier().Test, idle=self._drop_incoming)
        self.Free()

    def _forget_arrived(self) -> None:
        MPI.Request.Testsome(self._outgoing)
        self._outgoing = [r for r in self._outgoing if r != MPI.REQUEST_NULL]

    def _drop_incoming(self) -> None:
        while self.iprobe(MPI.ANY_SOURCE, MPI.ANY_TAG):
            self.recv(None, MPI.ANY_SOURCE, MPI.ANY_TAG)


def courteous(comm: Any) -> Any:
    """Return a courteous duplicate of `comm`; collective."""
    if not isinstance(comm, MPI.Intracomm):
        # The virtual communicator of a replay is courteous.
        return comm.Dup()
    return CourteousCommunicator(comm.Dup())


def courteous_part(comm: Any, color: int) -> Any:
    """Return a courteous communicator of the ranks that give the same `color`; collective."""
    if not isinstance(comm, MPI.Intracomm):
        return comm.Split(color=color, key=comm.rank)
    return CourteousCommunicator(MPI.Intracomm(comm.Split(color=color, key=comm.rank)))
