"""A server that dies ends the search, unless that ends by itself."""

import subprocess
import sys
import threading

import psutil
import pytest

from backends.ray.lost_cluster import watch_servers


@pytest.fixture
def server():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


@pytest.fixture
def over():
    return threading.Event()


def watched(servers, over, patience_s):
    """Watch in a thread of its own; return it, and the names of those that ended the search."""
    ended = []
    watch = threading.Thread(
        target=watch_servers, args=(servers, over, ended.append, 0.01, patience_s)
    )
    watch.start()
    return watch, ended


def test_a_search_that_hangs_is_ended(server, over):
    name = server.name()
    watch, ended = watched([server], over, patience_s=0.0)
    server.kill()
    watch.join(20)
    assert ended == [name]


def test_a_search_that_ends_by_itself_is_left_to_it(server, over):
    watch, ended = watched([server], over, patience_s=20.0)
    server.kill()
    over.set()
    watch.join(20)
    assert not watch.is_alive() and ended == []


def test_nothing_happens_while_all_servers_live(server, over):
    watch, ended = watched([server], over, patience_s=0.0)
    watch.join(0.2)
    assert watch.is_alive() and ended == []
    over.set()
    watch.join(20)
    assert not watch.is_alive() and ended == []
