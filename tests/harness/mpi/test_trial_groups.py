from __future__ import annotations

from harness.mpi.trial_groups import local_number


def local_numbers(hosts, masters=0):
    return [local_number(hosts, rank, masters) for rank in range(len(hosts))]


def test_ranks_of_a_node_are_numbered_whatever_their_order():
    assert local_numbers(["a", "b", "a", "b", "a"]) == [0, 0, 1, 1, 2]


def test_a_master_takes_no_place_on_its_node():
    assert local_numbers(["a", "a", "a", "b"], masters=1)[1:] == [0, 1, 0]
