from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.coordination.network import Place
from harness.errors import WorkerLost
from harness.parallel.meeting import meet
from harness.parallel.presence import Patience, Presence, Watch, announce, on_its_way, tell

SOON = Patience(silent=0.5, loading=60.0, present=0.5)


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
    tell(tmp_path / "group", 1, Presence("node7", is_there=True))
    with pytest.raises(WorkerLost, match=r"Rank 1 of the trial on node7 does not get through.*\."):
        meet(tmp_path / "group", 0, 2, SOON)


def test_one_that_falls_silent_on_its_way_is_named_with_its_host(tmp_path):
    tell(tmp_path / "group", 1, Presence("node7"))
    with pytest.raises(WorkerLost, match=r"Rank 1 of the trial on node7 .* has said nothing for"):
        meet(tmp_path / "group", 0, 2, SOON)


def test_one_that_is_on_its_way_is_waited_for_and_one_that_is_silent_is_not(tmp_path):
    """However slow it loads; by the default patience, with a clock that a test turns."""
    now = [0.0]
    at = tmp_path / "group"
    watch = Watch(at, 1, Patience(), clock=lambda: now[0])
    for turn in range(60):
        tell(at, 1, Presence("node7", renewals=turn))
        now[0] += 10.0
        watch.look()
    now[0] += 49.0
    watch.look()
    now[0] += 2.0
    with pytest.raises(WorkerLost, match="node7 was on its way"):
        watch.look()


def test_one_that_is_on_its_way_says_so_again_and_again(tmp_path):
    at = tmp_path / "group"
    announce(at, 1)
    watch = Watch(at, 1, Patience())
    first = watch.look()
    with on_its_way(at, 1, renewal_s=0.01):
        deadline = time.monotonic() + 60.0
        while (seen := watch.look()).renewals < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert first.host == seen.host == socket.gethostname()


def test_a_leader_that_ends_while_others_wait_is_missed(tmp_path):
    at = tmp_path / "group"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place("node3", ("127.0.0.1",), listener.getsockname()[1])
        tell(at, 0, Presence("node3", place=place, is_there=True))
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        with pytest.raises(WorkerLost, match="cannot reach rank 0 of the trial on node3"):
            meet(at, 1, 3, SOON)


def test_a_leader_that_cannot_be_reached_is_named_with_its_addresses(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    place = Place("node3", ("127.0.0.1",), port)
    tell(tmp_path / "group", 0, Presence("node3", place=place, is_there=True))
    with pytest.raises(WorkerLost, match=rf"rank 0 of the trial on node3 \(port {port}"):
        meet(tmp_path / "group", 1, 2, SOON)
