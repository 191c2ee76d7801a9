from __future__ import annotations

import os
import signal
import sys
import threading
import time

import psutil
import pytest

from harness.launch.job import launch
from harness.launch.rank_report import read_reports

pytestmark = pytest.mark.slow

WAIT = """
result(os.getpid())
if rank == 0:
    world.barrier()
time.sleep(60)
"""


def pids(job, ranks):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if len(list(job.directory.glob("result-*.json"))) == ranks:
            time.sleep(0.1)
            return job.results(ranks)
        time.sleep(0.05)
    raise AssertionError("the ranks did not start")


def soon(action):
    errors = []

    def act():
        try:
            action()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    return thread, errors


def assert_gone(processes):
    """A process that was killed may still be ending, on a busy machine."""
    deadline = time.monotonic() + 10
    while (alive := [pid for pid in processes if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive


def _is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_good_job(job):
    looks = []
    outcome = job.run("result(rank)", 2, while_waiting=lambda: looks.append(1), poll_s=0.05)
    assert outcome.failure is None
    assert outcome.exit_code == 0
    assert not outcome.interrupted
    assert looks
    assert [report.state for report in read_reports(job.directory)] == ["done", "done"]


def test_an_exception_ends_the_job_and_is_told(job):
    body = "if rank == 1:\n    raise ValueError('no good')\nworld.barrier()\ntime.sleep(60)"
    outcome = job.run(body, 3)
    assert str(outcome.failure) == "Rank 1 failed: ValueError: no good."
    assert outcome.failure.rank == 1
    assert "Traceback" in outcome.log.read_text()
    assert_gone([report.pid for report in read_reports(job.directory)])


def test_an_error_of_the_request_keeps_its_exit_code(job):
    body = "from harness.errors import DataError\nraise DataError('No data.')"
    outcome = job.run(body, 2)
    assert outcome.failure.exit_code == 2
    assert "No data." in str(outcome.failure)


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 2])
def test_a_killed_rank_is_named_and_ends_the_job(job, victim):
    killed = []

    def kill():
        killed.extend(pids(job, 3))
        os.kill(killed[victim], signal.SIGKILL)

    thread, errors = soon(kill)
    outcome = job.run(WAIT, 3)
    thread.join()
    assert not errors
    assert str(outcome.failure) == f"Rank {victim} was killed by SIGKILL."
    assert_gone(killed)


def test_a_killed_mpiexec_leaves_no_rank(job):
    ranks = []

    def kill():
        ranks.extend(pids(job, 3))
        os.kill(psutil.Process(ranks[0]).ppid(), signal.SIGKILL)

    thread, errors = soon(kill)
    outcome = job.run(WAIT, 3)
    thread.join()
    assert not errors
    assert str(outcome.failure) == "The MPI job ended: its mpiexec was killed by SIGKILL."
    assert_gone(ranks)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_job(job, number):
    ranks = []

    def interrupt():
        ranks.extend(pids(job, 3))
        os.kill(os.getpid(), number)

    thread, errors = soon(interrupt)
    outcome = job.run(WAIT, 3)
    thread.join()
    assert not errors
    assert outcome.interrupted
    assert outcome.failure is None
    assert_gone(ranks)


def test_ranks_that_have_not_reported_yet_are_not_left_behind(job):
    """A rank whose launcher dies while it imports would otherwise wait for it for ever."""
    (job.directory / "early.py").write_text(
        "import os, sys, time\n"
        "open(os.path.join(sys.argv[1], f'pid-{os.getpid()}'), 'w').close()\n"
        "time.sleep(60)\n"
    )
    early: list[int] = []

    def kill():
        deadline = time.monotonic() + 20
        while len(early) < 2 and time.monotonic() < deadline:
            early[:] = [int(path.name[4:]) for path in job.directory.glob("pid-*")]
            time.sleep(0.05)
        os.kill(psutil.Process(early[0]).ppid(), signal.SIGKILL)

    thread, errors = soon(kill)
    launch(job.directory, 2, command=(sys.executable, str(job.directory / "early.py")))
    thread.join()
    assert not errors
    assert len(early) == 2
    assert_gone(early)


def test_a_job_that_cannot_start_is_told(job, monkeypatch):
    monkeypatch.setenv("HARNESS_MPIEXEC", "sh -c 'echo nonsense; exit 3'")
    outcome = job.run("", 2)
    assert "nonsense" in str(outcome.failure)


def test_the_root_can_finish_when_a_rank_is_lost(job):
    body = WAIT.replace("    world.barrier()", "    wait_and_finish(world)")
    finish = """
def wait_and_finish(world):
    try:
        world.barrier()
    except KeyboardInterrupt:
        (directory / "finished").touch()
        raise
"""
    killed = []

    def kill():
        killed.extend(pids(job, 3))
        os.kill(killed[1], signal.SIGKILL)

    thread, errors = soon(kill)
    outcome = job.run(finish + body, 3)
    thread.join()
    assert not errors
    assert (job.directory / "finished").exists()
    assert str(outcome.failure) == "Rank 1 was killed by SIGKILL."
    assert "Rank 1 was killed." in outcome.log.read_text()
