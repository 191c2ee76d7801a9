"""Workers are processes of this module's functions, started anew."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from harness.errors import RequestError, WorkerLost
from harness.processes.local_workers import SPAWN, run_local_workers


def count(slot, ready, prepared, done):
    with prepared.get_lock():
        prepared.value += 1
    ready()
    with done.get_lock():
        done.value += 10**slot


def refuse(slot, ready):
    if slot == 1:
        raise RequestError("slot 1 has no data")
    ready()


def fail_at_work(slot, ready):
    ready()
    raise KeyError("no such column")


def be_killed(slot, ready):
    ready()
    if slot == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def tell_environment(slot, ready, told):
    ready()
    told.put((os.environ.get("SEARCH"), str(Path.cwd())))


def leave_early(slot, ready):
    os._exit(3)


@pytest.fixture(autouse=True)
def nobody_is_left():
    # Tests of other files may have left a server of theirs in this process.
    before = set(psutil.Process().children(recursive=True))
    yield
    mine = set(psutil.Process().children(recursive=True)) - before
    assert [child for child in mine if child.ppid() != os.getpid()] == []


def test_all_are_prepared_before_any_goes_on():
    prepared, done = SPAWN.Value("i", 0), SPAWN.Value("i", 0)
    seen = []

    def when_ready():
        seen.append((prepared.value, done.value))

    run_local_workers(2, count, prepared, done, when_ready=when_ready)
    assert seen == [(2, 0)]
    assert done.value == 11


@pytest.mark.parametrize("search", ["first", "second"])
def test_workers_have_the_environment_of_their_search(monkeypatch, tmp_path, search):
    monkeypatch.setenv("SEARCH", search)
    monkeypatch.chdir(tmp_path)
    told = SPAWN.SimpleQueue()
    run_local_workers(1, tell_environment, told, when_ready=lambda: None)
    assert told.get() == (search, str(tmp_path))


def test_a_request_error_of_a_worker_is_raised_here():
    with pytest.raises(RequestError, match="slot 1 has no data"):
        run_local_workers(2, refuse, when_ready=lambda: None)


def test_any_other_error_of_a_worker_is_named():
    with pytest.raises(WorkerLost, match=r"Worker 0 failed: KeyError: 'no such column'\."):
        run_local_workers(1, fail_at_work, when_ready=lambda: None)


def test_a_killed_worker_ends_the_others():
    with pytest.raises(WorkerLost, match=r"Worker 0 was killed by SIGKILL\."):
        run_local_workers(2, be_killed, when_ready=lambda: None)


def test_a_worker_that_leaves_before_it_is_ready_is_noticed():
    with pytest.raises(WorkerLost, match=r"ended with exit code 3\."):
        run_local_workers(1, leave_early, when_ready=lambda: None)
