from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

BODY = """
from harness.mpi.tickets import Tickets
tickets = Tickets(world, 50)
drawn = []
while (ticket := tickets.draw()) is not None:
    drawn.append(ticket)
    time.sleep(0.001)
assert tickets.draw() is None
tickets.free()
result(drawn)
"""


@pytest.mark.parametrize("ranks", [1, 3])
def test_each_ticket_is_drawn_once(job, ranks):
    outcome = job.run(BODY, ranks)
    assert outcome.failure is None, outcome.log.read_text()
    drawn = job.results(ranks)
    assert all(own == sorted(own) for own in drawn)
    assert sorted(ticket for own in drawn for ticket in own) == list(range(50))
