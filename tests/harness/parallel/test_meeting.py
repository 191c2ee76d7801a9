from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.errors import WorkerLost
from harness.parallel.meeting import Patience, meet

SOON = Patience(absent=0.5, present=0.5)


def test_processes_of_one_host_meet_on_its_loopback(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        met = pool.map(lambda rank: meet(tmp_path / "group", rank, 3), range(3))
    assert list(met) == ["lo", "lo", "lo"]


def test_one_that_does_not_come_is_named(tmp_path):
    with pytest.raises(WorkerLost, match="Rank 1 of the trial has not come"):
        meet(tmp_path / "group", 0, 2, SOON)
    with pytest.raises(WorkerLost, match="Rank 0 of the trial has not come"):
        meet(tmp_path / "other", 1, 2, SOON)


def test_one_that_is_there_and_does_not_get_through_is_named_with_its_host(tmp_path):
    (tmp_path / "group-1.json").write_text(json.dumps({"host": "node7"}))
    with pytest.raises(WorkerLost, match="Rank 1 of the trial on node7 does not reach rank 0"):
        meet(tmp_path / "group", 0, 2, SOON)


def test_a_leader_that_cannot_be_reached_is_named_with_its_addresses(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    told = {"host": "node3", "addresses": ["127.0.0.1"], "port": port, "secret": ""}
    (tmp_path / "group-leader.json").write_text(json.dumps(told))
    with pytest.raises(WorkerLost, match=rf"rank 0 of the trial on node3 \(port {port}"):
        meet(tmp_path / "group", 1, 2, SOON)
