from __future__ import annotations

import json

from harness.halving import continues_beyond_rung

BODY = """
import random
from harness.mpi.rungs import RungWindow
rungs = RungWindow(MPI, MPI.COMM_WORLD, [1, 4], 300)
own = random.Random(rank)
decisions = []
for i in range(100):
    value = own.random() if i % 10 else float("nan")
    started = time.perf_counter()
    goes_on = rungs.record_and_decide(1, value, 4, "max")
    decisions.append((started, time.perf_counter(), value, goes_on))
assert rungs.record_and_decide(2, 0.0, 4, "max"), "epoch 2 is no rung"
world.barrier()
recorded = rungs._append(0, 0.5).tolist() if rank == 0 else []
world.barrier()
full = None
if rank == 1:
    for i in range(300):
        rungs.record_and_decide(4, i, 4, "max")
    try:
        rungs.record_and_decide(4, 0.0, 4, "max")
    except IndexError as error:
        full = str(error)
rungs.free()
result([decisions, recorded, full])
"""


def test_every_decision_sees_all_earlier_values(job):
    body = BODY.replace("[1, 4], 300)", "[1, 4], 301)").replace("range(300)", "range(301)")
    outcome = job.run(body, 3)
    assert outcome.failure is None, outcome.log.read_text()
    results = job.results(3)
    recorded = results[0][1]
    decisions = [tuple(d[2:]) for decided, _, _ in results for d in decided]
    assert len(recorded) == 300
    order = {value: place for place, value in enumerate(recorded) if value == value}
    for value, goes_on in decisions:
        if value == value:
            earlier = recorded[: order[value]]
            assert goes_on == continues_beyond_rung(value, earlier, 4, "max")
    assert "as many as there are trials" in results[1][2]


RECALLED = """
from harness.mpi.rungs import RungWindow
rungs = RungWindow(MPI, MPI.COMM_WORLD, [1, 4], 3, {1: [0.9, 0.7], 8: [0.1]})
if rank == 1:
    result([rungs.record_and_decide(epoch, 0.2, 2, "max") for epoch in (1, 4)])
rungs.free()
"""


def test_rungs_hold_what_earlier_sessions_recorded(job):
    outcome = job.run(RECALLED, 2)
    assert outcome.failure is None, outcome.log.read_text()
    # At the first rung it is the third to arrive, at the other the first.
    assert json.loads((job.directory / "result-1.json").read_text()) == [False, True]
