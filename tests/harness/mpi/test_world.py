from __future__ import annotations

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
