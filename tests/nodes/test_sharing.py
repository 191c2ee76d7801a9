"""What ranks on two nodes share, while all of them compute."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

RANK = """
import json, sys, time
from mpi4py import MPI
import numpy as np
from harness.mpi.rungs import SharedRungs
from harness.mpi.shared_array import SharedArray
from harness.mpi.tickets import Tickets
from harness.mpi.world import MpiWorld

world = MpiWorld(MPI.COMM_WORLD)
tickets, rungs = Tickets(world, 10_000), SharedRungs(world, [1])
board = SharedArray(world, np.zeros(2, dtype=np.int64))


def compute(seconds):
    # No call lets the others have the interpreter, or MPI make progress.
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def timed(act):
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def change():
    with board.transaction() as content:
        content[0] += 1


taken = {"ticket": [], "decision": [], "transaction": []}
world.barrier()
for turn in range(20):
    taken["ticket"].append(timed(tickets.draw))
    taken["decision"].append(timed(lambda: rungs.judge(1, turn, 4, "max")))
    taken["transaction"].append(timed(change))
    compute(0.1)
changed = int(board.wait_until(lambda content: content[0] == 20 * world.size)[0])
print("RESULT" + json.dumps([world.rank, MPI.Get_processor_name(), taken, changed]), flush=True)
world.barrier()
"""


def run_ranks(nodes, code, per_node):
    """Run a program on all nodes, and return what each rank calls its result."""
    program = nodes.folder / "rank.py"
    program.write_text(code)
    ranks = per_node * len(nodes.nodes)
    line = [*shlex.split(nodes.mpiexec(per_node)), "-n", ranks, "-x", "PYTHONPATH"]
    environ = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
    }
    exit_code, said = nodes.nodes[0].run([*line, sys.executable, program], environ)
    assert exit_code == 0, said
    lines = [line.partition("RESULT")[2] for line in said.splitlines()]
    return [json.loads(line) for line in lines if line]


@pytest.mark.slow
def test_ranks_of_two_nodes_share_while_all_of_them_compute(two_nodes):
    """With memory windows of MPI, the first ticket came when the owner's computation ended."""
    pytest.importorskip("mpi4py")
    results = run_ranks(two_nodes, RANK, per_node=2)
    assert sorted(result[:2] for result in results) == [
        [0, "node1"],
        [1, "node1"],
        [2, "node2"],
        [3, "node2"],
    ]
    for _rank, _node, taken, changed in results:
        assert changed == 80
        for kind, seconds in taken.items():
            # A node with two ranks and one core gives a rank its turn late, but not this late.
            assert sorted(seconds)[10] < 0.1, (kind, seconds)
