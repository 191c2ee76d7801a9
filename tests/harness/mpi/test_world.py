from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from harness.errors import RequestError
from harness.mpi.world import MpiWorld, ended_if_unheard

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


def test_a_rank_that_hears_nothing_of_rank_0_is_ended_in_time():
    ended, waited = threading.Event(), []

    def end(seconds):
        waited.append(seconds)
        ended.set()

    with ended_if_unheard(0.05, end):
        assert ended.wait(60.0)
    with ended_if_unheard(3600.0, end):
        pass
    assert waited == [0.05]


def test_a_rank_that_hears_nothing_says_where_it_is_and_what_to_do():
    code = "from harness.launch.lifeline import end_unheard; end_unheard(2, 45.0)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    (line,) = told.stderr.splitlines()
    assert line.startswith("Rank 2 failed: ")
    assert "has heard nothing from rank 0 for 45 s" in line
    assert "OMPI_MCA_btl_tcp_if_include" in line
