import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from harness.processes.claim import STALE_S, Claim, Holder, claim, holder_of


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "cell.lock"


def write(lock, holder, age=0.0):
    lock.write_text(json.dumps(asdict(holder)))
    os.utime(lock, (time.time() - age,) * 2)


def test_a_claim_names_its_process_and_is_free_after_release(lock):
    claimed = claim(lock)
    assert isinstance(claimed, Claim)
    assert holder_of(lock) == Holder.this_process()
    claimed.release()
    assert holder_of(lock) is None
    assert not lock.exists()


def test_what_is_claimed_cannot_be_claimed_again(lock):
    claim(lock)
    assert claim(lock) == Holder.this_process()


def test_a_claim_of_a_dead_process_is_taken_over(lock):
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    write(lock, Holder(socket.gethostname(), ended.pid, time.time()))
    assert isinstance(claim(lock), Claim)


def test_a_claim_of_an_earlier_process_with_the_same_number_is_taken_over(lock):
    write(lock, Holder(socket.gethostname(), os.getpid(), created=1.0))
    assert isinstance(claim(lock), Claim)


def test_a_claim_of_another_host_holds_while_it_is_renewed(lock):
    other = Holder("another-host", 1, 0.0)
    write(lock, other)
    assert claim(lock) == other
    write(lock, other, age=STALE_S + 1)
    assert isinstance(claim(lock, watched_s=0.1), Claim)


@pytest.mark.parametrize("ahead_s", [-7200.0, 7200.0])
def test_a_claim_holds_by_its_renewals_whatever_the_other_hosts_clock_says(lock, ahead_s):
    other = Holder("another-host", 1, 0.0)
    write(lock, other, age=-ahead_s)

    def renew():
        while not stopped.wait(0.05):
            os.utime(lock, (time.time() + ahead_s,) * 2)

    stopped = threading.Event()
    renewing = threading.Thread(target=renew)
    renewing.start()
    try:
        assert claim(lock, watched_s=30.0) == other
    finally:
        stopped.set()
        renewing.join()
    assert isinstance(claim(lock, watched_s=0.1), Claim)


def test_a_process_of_another_container_is_not_taken_for_one_of_this(lock):
    """It may have the same host name and the same number."""
    here = Holder.this_process()
    assert here.is_alive_here()
    elsewhere = replace(here, numbered_by="another boot/pid:[1]")
    assert not elsewhere.is_here
    assert not elsewhere.is_alive_here()
    write(lock, replace(elsewhere, created=1.0))
    assert claim(lock) == replace(elsewhere, created=1.0)


def test_a_lock_file_that_is_being_written_holds(lock):
    lock.write_text("")
    assert isinstance(claim(lock), Holder)
    os.utime(lock, (0, 0))
    assert isinstance(claim(lock, watched_s=0.1), Claim)


def test_a_claim_that_was_taken_over_is_left_alone(lock):
    mine = claim(lock)
    other = Holder("another-host", 1, 0.0)
    write(lock, other)
    mine.release()
    assert holder_of(lock) == other


def test_of_many_processes_one_takes_a_stale_claim_over(lock, tmp_path):
    write(lock, Holder(socket.gethostname(), os.getpid(), created=1.0))
    code = (
        "import sys, time, pathlib\n"
        "from harness.processes.claim import Claim, claim\n"
        "lock, go = map(pathlib.Path, sys.argv[1:])\n"
        "print('ready', flush=True)\n"
        "while not go.exists(): time.sleep(0.001)\n"
        "won = isinstance(claim(lock), Claim)\n"
        "print(won, flush=True)\n"
        "sys.stdin.read()\n"
    )
    contenders = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(lock), str(tmp_path / "go")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for contender in contenders:
        contender.stdout.readline()
    (tmp_path / "go").touch()
    answers = [contender.stdout.readline().strip() for contender in contenders]
    for contender in contenders:
        contender.communicate()
    assert sorted(answers) == ["False", "False", "False", "True"]
