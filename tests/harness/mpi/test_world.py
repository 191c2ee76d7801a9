from __future__ import annotations

import pytest

from harness.errors import RequestError
from harness.mpi.world import MpiWorld

BODY = """
assert world.broadcast({"a": [1, "x" * 5000]} if rank == 0 else None) == {"a": [1, "x" * 5000]}
if rank == 0:
    time.sleep(1.0)
before = time.process_time()
world.barrier()
result([world.rank, world.size, time.process_time() - before])
"""


def test_ranks_share_values_and_sleep_while_they_wait(job):
    outcome = job.run(BODY, 3)
    assert outcome.failure is None, outcome.log.read_text()
    results = job.results(3)
    assert [(rank, size) for rank, size, _ in results] == [(0, 3), (1, 3), (2, 3)]
    assert max(busy for _, _, busy in results) < 0.15


class Alone:
    size = 1
    rank = 0

    def Abort(self, code):  # noqa: N802
        raise AssertionError


def test_ranks_that_do_not_know_of_one_another_are_told(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    with pytest.raises(RequestError, match="3 ranks were started, but each is alone"):
        MpiWorld(Alone())
