"""A rank that shares while rank 0 computes: ``python -m benchmarks.busy_owner_rank SECONDS``.

The root prints how long each rank waited for its first ticket while rank 0 computes, and how
long ranks that write and ranks that poll took for `TRANSACTIONS` transactions.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from harness.mpi.shared_array import SharedArray
from harness.mpi.tickets import Tickets
from harness.mpi.world import MpiWorld

TRANSACTIONS = 40


def main(computing_s: float) -> None:
    """Take part."""
    from mpi4py import MPI

    world = MpiWorld(MPI.COMM_WORLD)
    tickets = Tickets(world, 1000)
    board = SharedArray(world, np.zeros(1, dtype=np.int64))
    world.barrier()
    began = time.perf_counter()
    if world.rank == 0:
        # No call lets MPI make progress.
        while time.perf_counter() < began + computing_s:
            pass
        first_ticket_s = 0.0
    else:
        tickets.draw()
        first_ticket_s = time.perf_counter() - began
    world.barrier()
    writers = world.size // 2
    began = time.perf_counter()
    if world.rank >= world.size - writers:
        for _turn in range(TRANSACTIONS // writers):
            with board.transaction() as content:
                content[0] += 1
    board.wait_until(lambda content: bool(content[0] == TRANSACTIONS))
    found = world.gather([first_ticket_s, time.perf_counter() - began])
    if world.rank == 0:
        print("MEASURED" + json.dumps(found), flush=True)
    world.barrier()


if __name__ == "__main__":
    main(float(sys.argv[1]))
