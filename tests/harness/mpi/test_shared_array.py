from __future__ import annotations

import pytest

BODY = """
import numpy as np
from harness.mpi.shared_array import SharedArray
kind = np.dtype([("count", np.int64), ("last", np.float64)])
initial = np.zeros(3, dtype=kind)
initial["last"] = 0.5
shared = SharedArray(world, initial)
first = shared.read()["last"].tolist() if rank == 0 else None
world.barrier()
for _ in range(200):
    with shared.transaction() as rows:
        rows["count"][1] += 1
        rows["last"][2] = rank
try:
    with shared.transaction() as rows:
        rows["count"][1] = -7
        raise KeyError("leaves it as it was")
except KeyError:
    pass
world.barrier()
rows = shared.read()
before = time.process_time()
if rank == 0:
    time.sleep(1.0)
    with shared.transaction() as changed:
        changed["count"][0] = 5
waited = shared.wait_until(lambda rows: rows["count"][0] == 5)["count"].tolist()
busy = time.process_time() - before
shared.free()
result([first, rows["count"].tolist(), rows["last"].tolist(), waited, busy])
"""


@pytest.mark.slow
def test_transactions_do_not_overlap(job):
    outcome = job.run(BODY, 3)
    assert outcome.failure is None, outcome.log.read_text()
    results = job.results(3)
    assert results[0][0] == [0.5, 0.5, 0.5]
    for _, counts, last, waited, busy in results:
        assert waited == [5, 600, 0]
        assert busy < 0.15, "who waits is to sleep"
        assert counts == [0, 600, 0]
        assert last[:2] == [0.5, 0.5]
        assert last[2] in (0.0, 1.0, 2.0)
