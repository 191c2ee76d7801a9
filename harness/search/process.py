"""Runs a prepared search in this process, and ends it in order whatever happens."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from types import FrameType

from harness.backend import World
from harness.energy.meter import Meter
from harness.energy.nvml import GpuMeter, open_gpu_meter
from harness.energy.powercap import open_meter
from harness.energy.session import GPUS, PACKAGES, metered
from harness.errors import (
    DISK_IS_FULL,
    DiskFull,
    HarnessError,
    Interrupted,
    OutOfTime,
    SearchBroken,
    one_line,
)
from harness.launch.environment import spans_nodes
from harness.records.clock import Clock
from harness.records.directory import RunDirectory
from harness.search.prepare import objective_spec, recorder_of, search_context
from harness.search.resolve import ResolvedRun
from harness.trials.time_guard import TimeGuard, ended_by


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Have SIGTERM, and SIGUSR1 of a batch system, end a search as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGUSR1)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def told_in_one_line(backend: str, directory: RunDirectory) -> Iterator[None]:
    """Put an error that nobody foresaw into a file, and name it in one line."""
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        file = directory.path / "error.txt"
        with suppress(OSError):
            file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        raise SearchBroken(
            f"Backend '{backend}' failed: {one_line(error)}. The traceback is in {file}. "
            f"To go on: {resume_command(directory)}"
        ) from error


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def execute_and_finish(resolved: ResolvedRun, directory: RunDirectory, world: World) -> None:
    """Run a prepared search as this process' part of it; the root finishes the run.

    Raises
    ------
    HarnessError
        If it was interrupted, the disk is full, or the engine failed.
    """
    status = "completed"
    out_of_time, ended = False, threading.Event()
    guard = TimeGuard(directory.events, resolved.config.time_limit)
    try:
        context = search_context(resolved, directory)
        with (
            ended_by(guard, ended),
            _measured(directory, world),
            resolved.backend.engine_started(context),
        ):
            resolved.backend.search(context, world)
    except KeyboardInterrupt:
        out_of_time = ended.is_set()
        if not out_of_time:
            status = "interrupted"
            raise interruption(directory) from None
    except OutOfTime:
        out_of_time = True
        if world.size > 1:
            # The other ranks may wait for this one.
            raise
    except OSError as error:
        status = "failed"
        if error.errno not in DISK_IS_FULL:
            raise
        raise _disk_full(directory) from None
    except BaseException:
        status = "failed"
        raise
    finally:
        if world.rank == 0:
            # What cannot be written is folded from the event log by a resume.
            with suppress(OSError) if status != "completed" else nullcontext():
                finish(resolved, directory, status, out_of_time)


def _measured(directory: RunDirectory, world: World) -> AbstractContextManager[None]:
    """Measure the energy of a search that has one node; of others a part would be told."""
    alone = world.rank == 0 and not spans_nodes(os.environ)
    return metered(directory.path, _meters(directory)) if alone else nullcontext()


def _meters(directory: RunDirectory) -> dict[str, Meter]:
    held = directory.read_environment().get("allocation", {}).get("gpus", 0)
    gpus = open_gpu_meter() if held else GpuMeter()
    # A rank may see its own GPU only.
    return {PACKAGES: open_meter(), GPUS: gpus if len(gpus.counters) >= held else GpuMeter()}


def _disk_full(directory: RunDirectory) -> DiskFull:
    return DiskFull(
        f"The disk that holds {directory.path} is full. "
        f"Make room there, then go on: {resume_command(directory)}"
    )


def finish(
    resolved: ResolvedRun,
    directory: RunDirectory,
    status: str,
    out_of_time: bool = False,
    clock: Clock | None = None,
) -> None:
    """Close the records of a search that ended as `status` says, and write its summary.

    Parameters
    ----------
    resolved, directory
        The run.
    status
        How it ended.
    out_of_time
        Whether it was ended from outside at its time limit.
    clock
        The run's time; that of this host by default.
    """
    if out_of_time:
        from harness.search.finish import close_at_time_limit

        close_at_time_limit(resolved.config, directory, resolved.workload.metric, clock)
    elif status != "completed":
        driver = recorder_of(resolved.config, directory).open_driver(clock)
        driver.session_ended()
        driver.close()
    # It imports pandas, which only the root needs, and only when all is over.
    from harness.search.finish import finish_run

    # Where time ran out before the search could end by itself, the data may be out of reach.
    objective = None if out_of_time else objective_spec(resolved.config, directory)
    finish_run(resolved.config, directory, resolved.workload.metric, status, objective)


def interruption(directory: RunDirectory) -> Interrupted:
    """Return the error of a search that was asked to end."""
    return Interrupted(
        f"Interrupted. The records so far are in {directory.path}. "
        f"To go on: {resume_command(directory)}"
    )


def resume_command(directory: RunDirectory) -> str:
    """Return what to type to go on with a run."""
    return f"harness resume {directory.path}"
