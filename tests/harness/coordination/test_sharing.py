from __future__ import annotations

import dataclasses
import socket
import threading
import time

import pytest

from harness.coordination.client import SharedCells, clock_of_run, join
from harness.coordination.network import Place, connect, own_place
from harness.coordination.process import Invitation, ServiceProcess
from harness.coordination.protocol import NUMBER, Request, pack_request
from harness.errors import WorkerLost


@pytest.fixture(scope="module")
def service():
    started = ServiceProcess()
    yield started
    started.close()


@pytest.fixture
def cells(service):
    return SharedCells(service.invitation)


def test_numbers_are_given_out_once_and_logs_are_in_one_order(service, cells):
    counter, log = cells.create(NUMBER.pack(0)), cells.create(b"")
    drawn: list[int] = []

    def draw():
        own = SharedCells(service.invitation)
        for _ in range(50):
            drawn.append(own.add(counter, 1))
            own.append(log, b"x")

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == list(range(200))
    assert cells.append(log, b"") == b"x" * 200


def test_an_exception_leaves_a_cell_as_it_was(cells):
    cell = cells.create(b"before")
    with pytest.raises(KeyError), cells.transaction(cell) as content:
        content[:] = b"after!"
        raise KeyError
    with cells.transaction(cell) as content:
        assert content == b"before"
        content[:1] = b"B"
    assert cells.read(cell)[1] == b"Before"


def test_the_end_of_a_process_gives_its_lock_back(service, cells):
    cell = cells.create(b"whole")
    dying = join(service.invitation)
    dying.send_bytes(pack_request(Request.LOCK, cell, b""))
    assert dying.recv_bytes() == b"whole"
    threading.Timer(0.3, dying.close).start()
    began = time.monotonic()
    with cells.transaction(cell) as content:
        assert time.monotonic() - began > 0.2
        assert content == b"whole"


def test_a_change_wakes_those_who_wait_and_time_does_too(service, cells):
    cell = cells.create(b"1")
    version, _ = cells.read(cell)
    assert cells.await_change(cell, version, 0.05) == (version, b"1")

    def change():
        with SharedCells(service.invitation).transaction(cell) as content:
            content[:] = b"2"

    threading.Timer(0.2, change).start()
    assert cells.await_change(cell, version, 60.0)[1] == b"2"


def test_who_does_not_know_the_secret_is_not_let_in(service):
    wrong = dataclasses.replace(service.invitation, secret=b"guessed")
    with pytest.raises(OSError):
        SharedCells(wrong)


def test_a_clock_shows_the_services_time(service, monkeypatch):
    assert clock_of_run(service.invitation).ahead_s == 0.0
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 7200.0)
    clock = clock_of_run(service.invitation)
    assert clock.ahead_s == pytest.approx(7200.0, abs=1.0)
    assert clock() == pytest.approx(right(), abs=1.0)


def test_a_service_that_is_gone_is_told_with_its_host():
    started = ServiceProcess()
    cells = SharedCells(started.invitation)
    cell = cells.create(b"")
    started.close()
    with pytest.raises(WorkerLost, match=f"on {socket.gethostname()} that holds it"):
        cells.read(cell)
    with pytest.raises(WorkerLost, match="All nodes of a search must reach one another"):
        clock_of_run(started.invitation)


def test_the_first_address_that_answers_as_it_should_is_taken():
    """Another process may listen at the same port of an address that each host has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        place = Place("elsewhere", ("192.0.2.1", "127.0.0.1"), port)
        reached = connect(place, lambda connected: connected.getpeername()[0], timeout_s=0.2)
    assert reached == "127.0.0.1"


def test_a_host_is_reached_by_addresses_and_not_by_its_name():
    addresses = own_place(1).addresses
    assert not [address for address in addresses if address.startswith("127.")]


def test_a_secret_is_in_no_command_line(service):
    import psutil

    lines = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [line for line in lines if service.invitation.secret.hex() in line]
    assert isinstance(service.invitation, Invitation)
