"""The ranks of a job of MPI, as threads of one process in virtual time."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from harness.replay.cells import MemoryCells, SettledCells
from harness.replay.clock import SlotClock, VirtualClock
from harness.replay.turns import Turns


class VirtualJob:
    """What the ranks of a job have in common.

    Parameters
    ----------
    turns
        Lets them run one at a time.
    slots
        The time of each.
    """

    def __init__(self, turns: Turns, slots: list[SlotClock]) -> None:
        self.turns = turns
        self.slots = slots
        self.cells = MemoryCells()
        self.everyone = Meeting(turns, list(range(len(slots))))
        self.sleepers: defaultdict[int, list[int]] = defaultdict(list)

    def world(self, rank: int) -> VirtualWorld:
        """Return the job as a rank sees it."""
        return VirtualWorld(self, rank)


class Meeting:
    """Collective calls of some ranks: all wait for the last, and see what each gave.

    Parameters
    ----------
    turns
        Lets the ranks run one at a time.
    members
        The ranks, in order.
    """

    def __init__(self, turns: Turns, members: list[int]) -> None:
        self._turns = turns
        self.members = members
        self.boxes: list[Mailbox] = [Mailbox() for _ in members]
        self._parts: dict[tuple[int, int], Meeting] = {}
        self._given: dict[int, Any] = {}
        self._result: list[Any] = []

    def part(self, name: tuple[int, int], members: list[int]) -> Meeting:
        """Return the meeting of some members, the same for all who name it."""
        return self._parts.setdefault(name, Meeting(self._turns, members))

    def gather(self, rank: int, value: Any) -> list[Any]:
        """Return what every member gave, in order; collective."""
        self._turns.settle(rank)
        self._given[rank] = value
        if len(self._given) < len(self.members):
            self._turns.park(rank)
            return self._result
        self._result = [self._given[member] for member in self.members]
        self._given = {}
        for member in self.members:
            if member != rank:
                self._turns.wake(member)
        # So that the members go on in their order, whoever came last.
        self._turns.wake(rank)
        result = self._result
        self._turns.park(rank)
        return result


class Mailbox:
    """Messages that a rank has not received, by tag."""

    def __init__(self) -> None:
        self.by_tag: defaultdict[int, deque[tuple[int, Any]]] = defaultdict(deque)


class VirtualWorld:
    """A rank's view of the job; stands for `harness.mpi.world.MpiWorld`."""

    def __init__(self, job: VirtualJob, rank: int) -> None:
        self._job = job
        self.rank = rank
        self.clock = job.slots[rank]
        self.cells = SettledCells(job.cells, self)
        self.comm = VirtualCommunicator(job.turns, job.everyone, rank)

    @property
    def size(self) -> int:
        """How many ranks there are."""
        return len(self._job.slots)

    def settle(self) -> None:
        """Wait until all others have come to this rank's time."""
        self._job.turns.settle(self.rank)

    def sleep_on(self, cell: int) -> None:
        """Wait until another rank has changed a cell."""
        self._job.sleepers[cell].append(self.rank)
        self._job.turns.park(self.rank)

    def wake_sleepers(self, cell: int) -> None:
        """Have the ranks that wait for a cell to change go on."""
        for rank in self._job.sleepers.pop(cell, []):
            self._job.turns.wake(rank)

    def broadcast(self, value: Any) -> Any:
        """Return the root's `value` on every rank."""
        return self._job.everyone.gather(self.rank, value)[0]

    def gather(self, value: Any) -> list[Any]:
        """Return every rank's `value`, by rank; collective."""
        return self._job.everyone.gather(self.rank, value)

    def share(self, content: bytes) -> int:
        """Return the number of a new cell that holds the root's `content`; collective."""
        return int(self.broadcast(self.cells.create(content) if self.rank == 0 else None))

    def unshare(self, cell: int) -> None:
        """Give a cell back once no rank uses it any longer; collective."""
        self.barrier()
        if self.rank == 0:
            self.cells.drop(cell)

    def barrier(self) -> None:
        """Wait until every rank is here."""
        self.gather(None)


class VirtualCommunicator:
    """Messages between ranks: what an engine needs of a communicator of mpi4py.

    A message arrives at once. Its receiver gets the object that was sent, not a copy. An
    object that says of itself that nobody reads it (`is_unread`) is not sent.

    Parameters
    ----------
    turns
        Lets the ranks run one at a time.
    meeting
        The ranks of the communicator.
    member
        The rank in the job that sees it.
    """

    def __init__(self, turns: Turns, meeting: Meeting, member: int) -> None:
        self._turns = turns
        self._meeting = meeting
        self._member = member
        self.rank = meeting.members.index(member)
        self.size = len(meeting.members)
        self._splits = 0

    def Dup(self) -> VirtualCommunicator:  # noqa: N802
        """Return a communicator of the same ranks with messages of its own; collective."""
        return self.Split(0, self.rank)

    def Split(self, color: int, key: int) -> VirtualCommunicator:  # noqa: N802
        """Return a communicator of the ranks that give the same `color`; collective."""
        given = self._meeting.gather(self._member, (color, key, self._member))
        members = [member for c, _key, member in sorted(given, key=lambda g: g[1]) if c == color]
        part = self._meeting.part((self._splits, color), members)
        self._splits += 1
        return VirtualCommunicator(self._turns, part, self._member)

    def send(self, obj: Any, dest: int, tag: int = 0) -> None:
        """Send `obj`."""
        if getattr(obj, "is_unread", False):
            return
        self._turns.settle(self._member)
        self._meeting.boxes[dest].by_tag[tag].append((self.rank, obj))

    def iprobe(self, source: int, tag: int, status: Any = None) -> bool:
        """Whether a message is there, from any source."""
        self._turns.settle(self._member)
        waiting = self._meeting.boxes[self.rank].by_tag[tag]
        if not waiting:
            return False
        if status is not None:
            status.Set_source(waiting[0][0])
        return True

    def recv(self, buffer: Any = None, source: int = -1, tag: int = 0) -> Any:
        """Return the first message, which must be there and come from `source`."""
        sender, obj = self._meeting.boxes[self.rank].by_tag[tag].popleft()
        if source >= 0 and sender != source:
            raise RuntimeError(f"the next message is from {sender}, not from {source}")
        return obj

    def barrier(self) -> None:
        """Wait until every rank is here."""
        self._meeting.gather(self._member, None)

    def allgather(self, value: Any) -> list[Any]:
        """Return every rank's value, by rank; collective."""
        return self._meeting.gather(self._member, value)

    def bcast(self, obj: Any, root: int = 0) -> Any:
        """Return the root's object; collective."""
        return self._meeting.gather(self._member, obj)[root]

    def allreduce(self, value: Any) -> Any:
        """Return the sum of every rank's value; collective."""
        return sum(self._meeting.gather(self._member, value))

    def close(self) -> None:
        """Give the communicator back; collective. What nobody received is dropped."""
        self.barrier()


class LoneWorld:
    """One process that shares cells with itself.

    Parameters
    ----------
    clock
        The time of the search.
    """

    rank = 0
    size = 1

    def __init__(self, clock: VirtualClock) -> None:
        self.cells = MemoryCells()
        self.clock = clock

    def share(self, content: bytes) -> int:
        """Return the number of a new cell that holds `content`."""
        return self.cells.create(content)

    def unshare(self, cell: int) -> None:
        """Give a cell back."""
        self.cells.drop(cell)
