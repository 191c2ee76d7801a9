from __future__ import annotations

import json

import pytest

from harness.rules.halving import continues_beyond_rung

pytestmark = pytest.mark.slow

BODY = """
import random
import numpy as np
from harness.mpi.rungs import SharedRungs
rungs = SharedRungs(world, [1, 4])
own = random.Random(rank)
decisions = []
for i in range(100):
    value = own.random() if i % 10 else float("nan")
    started = time.perf_counter()
    goes_on = rungs.judge(1, value, 4, "max").goes_on
    decisions.append((started, time.perf_counter(), value, goes_on))
assert rungs.judge(2, 0.0, 4, "max") is None, "epoch 2 is no rung"
world.barrier()
recorded = world.cells.append(rungs._cells[1], b"") if rank == 0 else b""
recorded = np.frombuffer(recorded).tolist()
rungs.free()
result([decisions, recorded])
"""


def test_every_decision_sees_all_earlier_values(job):
    outcome = job.run(BODY, 3)
    assert outcome.failure is None, outcome.log.read_text()
    results = job.results(3)
    recorded = results[0][1]
    decisions = [tuple(d[2:]) for decided, _ in results for d in decided]
    assert len(recorded) == 300
    order = {value: place for place, value in enumerate(recorded) if value == value}
    for value, goes_on in decisions:
        if value == value:
            earlier = recorded[: order[value]]
            assert goes_on == continues_beyond_rung(value, earlier, 4, "max")


RECALLED = """
from harness.mpi.rungs import SharedRungs
rungs = SharedRungs(world, [1, 4], {1: [0.9, 0.7], 8: [0.1]})
if rank == 1:
    result([rungs.judge(epoch, 0.2, 2, "max").goes_on for epoch in (1, 4)])
rungs.free()
"""


def test_rungs_hold_what_earlier_sessions_recorded(job):
    outcome = job.run(RECALLED, 2)
    assert outcome.failure is None, outcome.log.read_text()
    # At the first rung it is the third to arrive, at the other the first.
    assert json.loads((job.directory / "result-1.json").read_text()) == [False, True]
