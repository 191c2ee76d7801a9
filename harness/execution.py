"""Carries a prepared search out: in this process, in ranks that it starts, or as one rank."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType

from harness.backend import Backend, World
from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import (
    DISK_IS_FULL,
    DiskFull,
    HarnessError,
    Interrupted,
    OutOfTime,
    RequestError,
    SearchBroken,
    SearchFailed,
    WorkerLost,
)
from harness.hardware import detect_hardware
from harness.mpi.environment import inside_mpi_job
from harness.mpi.launch import LaunchOutcome, launch
from harness.mpi.lifeline import guarded_rank
from harness.plugin_checks import one_line
from harness.plugins import load_backend
from harness.prepare import arithmetic_of_session, objective_spec, recorder_of, search_context
from harness.progress import ProgressView
from harness.resolve import ResolvedRun, reopen
from harness.run_directory import RunDirectory, open_run_directory
from harness.sessions import begin_session
from harness.time_guard import TimeGuard, ended_by
from harness.trial_states import TrialStates

ViewFactory = Callable[[RunDirectory, ResolvedRun], ProgressView]
"""Makes the view that shows a search's progress."""

Prepared = tuple[ResolvedRun, RunDirectory]
"""A run that can be carried out, and where."""

Prepare = Callable[[ExitStack, "int | None", "int | None"], Prepared]
"""Prepares a run for the workers and the ranks of the MPI job around this process, if any.

What it enters on the stack holds until the search is over.
"""


def carry_out(config: RunConfig, prepare: Prepare, view: ViewFactory | None) -> RunDirectory | None:
    """Prepare a search and carry it out.

    Parameters
    ----------
    config
        What is asked for; it names the backend.
    prepare
        Called once, in the process that is to drive the search.
    view
        Shows the progress; nothing is shown by default.

    Returns
    -------
    RunDirectory or None
        Where the search is recorded; None on the ranks of an MPI job that are not
        its root.

    Raises
    ------
    HarnessError
        If it cannot be carried out, or was asked to end.
    """
    backend = load_backend(config.backend)
    in_job = inside_mpi_job(os.environ)
    if backend.process_model == "mpi":
        backend.require_engine()
        if in_job:
            return _run_rank_of_job(backend, config, prepare, view)
        with ExitStack() as held:
            return _run_launched(*prepare(held, None, None), view)
    if in_job:
        raise RequestError(
            f"Backend '{config.backend}' starts its own processes; start it once, "
            "without mpiexec and with one task."
        )
    with ExitStack() as held, interrupted_by_signals():
        resolved, directory = prepare(held, None, None)
        with _shown(view, directory, resolved), _told_in_one_line(config.backend, directory):
            _execute_and_finish(resolved, directory, resolved.backend.world())
    return directory


def run_rank(path: Path) -> None:
    """Take part in the search of a prepared run directory, as one rank of an MPI job."""
    _take_part(path, None)


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
def _told_in_one_line(backend: str, directory: RunDirectory) -> Iterator[None]:
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


def _execute_and_finish(resolved: ResolvedRun, directory: RunDirectory, world: World) -> None:
    status = "completed"
    out_of_time, ended = False, threading.Event()
    guard = TimeGuard(directory.events, resolved.config.time_limit)
    try:
        context = search_context(resolved, directory)
        with ended_by(guard, ended), resolved.backend.engine_started(context):
            resolved.backend.search(context, world)
    except KeyboardInterrupt:
        out_of_time = ended.is_set()
        if not out_of_time:
            status = "interrupted"
            raise _interrupted(directory) from None
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
                _finish(resolved, directory, status, out_of_time)


def _disk_full(directory: RunDirectory) -> DiskFull:
    return DiskFull(
        f"The disk that holds {directory.path} is full. "
        f"Make room there, then go on: {resume_command(directory)}"
    )


def _finish(
    resolved: ResolvedRun, directory: RunDirectory, status: str, out_of_time: bool = False
) -> None:
    if out_of_time:
        from harness.finish import close_at_time_limit

        close_at_time_limit(resolved.config, directory, resolved.workload.metric)
    elif status != "completed":
        driver = recorder_of(resolved.config, directory).open_driver()
        driver.session_ended()
        driver.close()
    # It imports pandas, which only the root needs, and only when all is over.
    from harness.finish import finish_run

    # Where time ran out before the search could end by itself, the data may be out of reach.
    objective = None if out_of_time else objective_spec(resolved.config, directory)
    finish_run(resolved.config, directory, resolved.workload.metric, status, objective)


def _interrupted(directory: RunDirectory) -> Interrupted:
    return Interrupted(
        f"Interrupted. The records so far are in {directory.path}. "
        f"To go on: {resume_command(directory)}"
    )


def resume_command(directory: RunDirectory) -> str:
    """Return what to type to go on with a run."""
    return f"harness resume {directory.path}"


def _run_launched(
    resolved: ResolvedRun, directory: RunDirectory, view: ViewFactory | None
) -> RunDirectory:
    retries = resolved.config.max_retries
    ranks = resolved.backend.ranks(resolved.spec)
    states = TrialStates(directory.states)
    guard = TimeGuard(directory.events, resolved.config.time_limit)
    with _shown(view, directory, resolved, threaded=False) as shown:
        while True:
            hung_before = states.given_up()

            def look() -> None:
                if guard.is_over():
                    raise OutOfTime("The time limit has passed.")
                if shown is not None:
                    shown.poll()

            try:
                outcome = launch(
                    directory.path,
                    ranks,
                    threads=resolved.config.threads or 1,
                    while_waiting=look,
                )
            except OutOfTime:
                return _end_out_of_time(resolved, directory)
            failure, hung = outcome.failure, sorted(states.given_up() - hung_before)
            # A trial that hung took its process with it and is over: no reason to give up.
            if failure is None or not failure.killed or not (retries or hung):
                break
            retries -= 0 if hung else 1
            if shown is not None:
                cause = f"Trial {hung[0]} hung, and its process was ended." if hung else failure
                shown.tell(f"{cause} Going on from what is left.")
            begin_session(directory, None)
    return _end_launched(outcome, resolved, directory)


def _end_launched(
    outcome: LaunchOutcome, resolved: ResolvedRun, directory: RunDirectory
) -> RunDirectory:
    failure = outcome.failure
    if failure is not None and failure.exit_code == OutOfTime.exit_code:
        return _end_out_of_time(resolved, directory)
    if outcome.interrupted:
        _finish(resolved, directory, "interrupted")
        raise _interrupted(directory)
    if outcome.failure is None and directory.summary.exists():
        return directory
    _finish(resolved, directory, "failed")
    kinds: dict[int, type[HarnessError]] = {2: RequestError, 3: SearchFailed}
    kind = kinds.get(failure.exit_code, WorkerLost) if failure is not None else WorkerLost
    raise kind(
        f"{failure or 'The ranks ended without a summary.'} The records so far are in "
        f"{directory.path}. To go on: {resume_command(directory)}"
    )


def _end_out_of_time(resolved: ResolvedRun, directory: RunDirectory) -> RunDirectory:
    _finish(resolved, directory, "completed", out_of_time=True)
    return directory


def _run_rank_of_job(
    backend: Backend, config: RunConfig, prepare: Prepare, view: ViewFactory | None
) -> RunDirectory | None:
    world = backend.world()
    prepared: Prepared | HarnessError | None = None
    with ExitStack() as held:
        if world.rank == 0:
            try:
                prepared = _prepare_in_job(backend, config, prepare, world, held)
            except HarnessError as error:
                prepared = error
        shared = world.broadcast(
            prepared if isinstance(prepared, HarnessError) else prepared and prepared[1].path
        )
        if isinstance(shared, HarnessError):
            raise shared if world.rank == 0 else type(shared)("")
        with guarded_rank(shared, world.rank):
            _agree(world, shared)
            if not isinstance(prepared, tuple):
                _take_part(shared, world)
                return None
            resolved, directory = prepared
            with _shown(view, directory, resolved):
                _execute_and_finish(resolved, directory, world)
    return directory


def _prepare_in_job(
    backend: Backend, config: RunConfig, prepare: Prepare, world: World, held: ExitStack
) -> Prepared:
    workers = backend.workers_of(world.size, config.ranks_per_trial)
    if workers < 1:
        raise RequestError(
            f"Backend '{config.backend}' needs more than the {world.size} ranks of this "
            f"MPI job for one trial of {config.ranks_per_trial} ranks."
        )
    return prepare(held, workers, world.size)


def _take_part(path: Path, world: World | None) -> None:
    directory = open_run_directory(path)
    config = validate_config(read_config_file(directory.config))
    resolved = reopen(config, detect_hardware(), arithmetic_of_session(directory))
    if world is None:
        world = resolved.backend.world()
        _agree(world, path)
    _execute_and_finish(resolved, directory, world)


def _agree(world: World, directory: Path) -> None:
    """Refuse nodes that do not fit together; collective."""
    # It imports numpy, which a process that only launches others does without.
    from harness.mpi.agreement import disagreement
    from harness.mpi.world import MpiWorld

    if not isinstance(world, MpiWorld):
        return
    problem = disagreement(world, directory)
    if problem is None:
        return
    if world.rank == 0:
        raise RequestError(problem)
    # The root's error ends all ranks.
    world.barrier()


def _shown(
    view: ViewFactory | None,
    directory: RunDirectory,
    resolved: ResolvedRun,
    threaded: bool = True,
) -> AbstractContextManager[ProgressView | None]:
    if view is None:
        return nullcontext(None)
    shown = view(directory, resolved)
    return shown.in_background() if threaded else shown
