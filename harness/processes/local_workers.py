"""Worker processes on this node, for backends whose engine starts none of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from harness.errors import HarnessError, WorkerLost, describe_error
from harness.processes.parent import die_with_parent

SPAWN = multiprocessing.get_context("forkserver")
"""How workers are started. What they share, such as a `Value`, is made from it as well.

A server imports what trainings need once, and each worker is a copy of it: imports take
longer than small searches.
"""

Ready = Callable[[], None]
"""A worker calls it when it is prepared; it returns when all workers are."""


class LocalTickets:
    """The numbers 0 … `count` - 1, drawn in order by all workers of a search, once each.

    Parameters
    ----------
    count
        How many there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._drawn = SPAWN.Value("i", 0)

    def draw(self) -> int | None:
        """Return the next number, or None when all are drawn."""
        with self._drawn.get_lock():
            number = int(self._drawn.value)
            self._drawn.value = number + 1
        return number if number < self._count else None


def run_local_workers(
    workers: int, work: Callable[..., None], *arguments: Any, when_ready: Callable[[], None]
) -> None:
    """Run a function in worker processes, until all of them have returned.

    An interrupt of the terminal reaches this process alone. Whatever happens, no
    worker is left when it returns, and none outlives this process.

    Parameters
    ----------
    workers
        How many processes.
    work
        Called in each as ``work(slot, ready, *arguments)`` with its slot from 0 and
        `Ready`; a function of a module.
    arguments
        What can be pickled, or is made from `SPAWN`.
    when_ready
        Called here when all workers are prepared, before any goes on.

    Raises
    ------
    WorkerLost
        If a worker dies, or `work` raises what is no `HarnessError`.
    HarnessError
        What `work` raised.
    """
    # Those of the first search of a process, which are the others' as well.
    SPAWN.set_forkserver_preload([work.__module__, "torch"])
    started: list[_Worker] = []
    try:
        with _interrupts_held_back():
            for slot in range(workers):
                started.append(_start(slot, work, arguments))
        _wait_for_all(started)
        when_ready()
        for worker in started:
            worker.channel.send(None)
        _wait_for_all(started)
    finally:
        for worker in started:
            worker.process.kill()
        for worker in started:
            worker.process.join()


@dataclass(frozen=True)
class _Worker:
    slot: int
    process: BaseProcess
    channel: Connection


def _start(slot: int, work: Callable[..., None], arguments: Sequence[Any]) -> _Worker:
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(
        target=_serve, args=(slot, there, dict(os.environ), work, arguments), daemon=True
    )
    process.start()
    # The worker alone holds the other end: when it dies, this one says so.
    there.close()
    return _Worker(slot, process, here)


def _serve(
    slot: int,
    channel: Connection,
    environ: Mapping[str, str],
    work: Callable[..., None],
    arguments: Sequence[Any],
) -> None:
    die_with_parent()
    # The server has the mask and the environment of the search that started it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.clear()
    os.environ.update(environ)

    def ready() -> None:
        channel.send(None)
        channel.recv()

    try:
        work(slot, ready, *arguments)
    except HarnessError as error:
        channel.send(error)
    except Exception as error:
        traceback.print_exc()
        channel.send(WorkerLost(f"Worker {slot} failed: {describe_error(error)}."))
    else:
        channel.send(None)


def _wait_for_all(workers: Sequence[_Worker]) -> None:
    waiting = {worker.channel: worker for worker in workers}
    while waiting:
        for channel in wait(list(waiting)):
            _hear(waiting.pop(channel))  # type: ignore[call-overload]


def _hear(worker: _Worker) -> None:
    try:
        answer = worker.channel.recv()
    except EOFError:
        worker.process.join()
        raise WorkerLost(f"Worker {worker.slot} {_end(worker.process.exitcode)}.") from None
    if isinstance(answer, HarnessError):
        raise answer


def _end(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"was killed by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    # The mask passes to the workers, which are never to see the terminal's interrupt.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
