"""A rank that asks for what ranks share: ``python -m benchmarks.sharing_rank TURNS PAUSE BUSY``.

Between two turns it computes for PAUSE seconds if BUSY is 1, and sleeps if it is 0. It imports
no torch, so that many fit into memory.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable

import numpy as np

from harness.mpi.rungs import SharedRungs
from harness.mpi.shared_array import SharedArray
from harness.mpi.tickets import Tickets
from harness.mpi.world import MpiWorld
from harness.population.table import board_type

CONFIGURATION = 8
"""Hyperparameters of a member."""


def main(turns: int, pause_s: float, busy: bool) -> None:
    """Take part; the root prints what all ranks have measured."""
    began = time.perf_counter()
    from mpi4py import MPI

    world = MpiWorld(MPI.COMM_WORLD)
    joined_s = time.perf_counter() - began
    tickets, rungs = Tickets(world, 10**9), SharedRungs(world, [1])
    board = SharedArray(world, np.zeros(world.size, dtype=board_type(CONFIGURATION)))

    def exploit() -> None:
        with board.transaction() as members:
            best = members["value"].argmax()
            members[world.rank] = members[best]

    acts: dict[str, Callable[[], object]] = {
        "ticket": tickets.draw,
        "decision": lambda: rungs.judge(1, float(world.rank), 4, "max"),
        "exploit": exploit,
    }
    taken: dict[str, list[float]] = {name: [] for name in acts}
    world.barrier()
    for _turn in range(turns):
        for name, act in acts.items():
            taken[name].append(_seconds(act))
        _pass(pause_s * (0.5 + world.rank / world.size), busy)
    found = world.gather([socket.gethostname(), joined_s, taken])
    if world.rank == 0:
        print("MEASURED" + json.dumps(found), flush=True)
    world.barrier()


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _pass(seconds: float, busy: bool) -> None:
    if not busy:
        time.sleep(seconds)
        return
    # No call lets the others have the interpreter, or MPI make progress.
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "1")
