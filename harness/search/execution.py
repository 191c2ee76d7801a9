"""Carries a prepared search out: in this process, in ranks that it starts, or as one rank."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from harness.backend import Backend, World
from harness.checkpoints.in_flight import TrialStates
from harness.config import RunConfig
from harness.console.progress import ProgressView
from harness.errors import (
    HarnessError,
    OutOfTime,
    RequestError,
    SearchFailed,
    WorkerLost,
)
from harness.launch.environment import inside_mpi_job
from harness.launch.job import LaunchOutcome, launch
from harness.launch.launcher_clock import LauncherClock
from harness.launch.lifeline import guarded_rank
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_backend
from harness.records.clock import Clock, anchored_clock
from harness.records.directory import RunDirectory, open_run_directory
from harness.records.events import read_events
from harness.search.prepare import arithmetic_of_session, note_launcher_clock
from harness.search.process import (
    execute_and_finish,
    finish,
    interrupted_by_signals,
    interruption,
    resume_command,
    told_in_one_line,
)
from harness.search.resolve import ResolvedRun, reopen
from harness.search.sessions import begin_session
from harness.trials.time_guard import TimeGuard

ViewFactory = Callable[[RunDirectory, ResolvedRun], ProgressView]
"""Makes the view that shows a search's progress."""

Prepared = tuple[ResolvedRun, RunDirectory]
"""A run that can be carried out, and where."""

Prepare = Callable[[ExitStack, Backend, "int | None", "int | None"], Prepared]
"""Prepares a run for a backend, and the workers and ranks of the MPI job around this process.

There may be no job. What it enters on the stack holds until the search is over.
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
            return _run_launched(*prepare(held, backend, None, None), view)
    if in_job:
        raise RequestError(
            f"Backend '{config.backend}' starts its own processes; start it once, "
            "without mpiexec and with one task."
        )
    with ExitStack() as held, interrupted_by_signals():
        resolved, directory = prepare(held, backend, None, None)
        with _shown(view, directory, resolved), told_in_one_line(config.backend, directory):
            execute_and_finish(resolved, directory, resolved.backend.world())
    return directory


def run_rank(path: Path) -> None:
    """Take part in the search of a prepared run directory, as one rank of an MPI job."""
    _take_part(path)


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
            clock = LauncherClock(directory.path)

            def look(clock: LauncherClock = clock) -> None:
                if clock.look():
                    note_launcher_clock(directory, clock.ahead_s)
                if guard.is_over():
                    raise OutOfTime("The time limit has passed.")
                if shown is not None:
                    shown.ahead_s = clock.ahead_s
                    shown.poll()

            try:
                outcome = launch(
                    directory.path,
                    ranks,
                    threads=resolved.config.threads,
                    while_waiting=look,
                )
            except OutOfTime:
                return _end_out_of_time(resolved, directory, clock)
            failure, hung = outcome.failure, sorted(states.given_up() - hung_before)
            # A trial that hung took its process with it and is over: no reason to give up.
            if failure is None or not failure.killed or not (retries or hung):
                break
            retries -= 0 if hung else 1
            if shown is not None:
                cause = f"Trial {hung[0]} hung, and its process was ended." if hung else failure
                shown.tell(f"{cause} Going on from what is left.")
            begin_session(directory, None)
    return _end_launched(outcome, resolved, directory, clock)


def _end_launched(
    outcome: LaunchOutcome, resolved: ResolvedRun, directory: RunDirectory, clock: LauncherClock
) -> RunDirectory:
    failure = outcome.failure
    if failure is not None and failure.exit_code == OutOfTime.exit_code:
        return _end_out_of_time(resolved, directory, clock)
    if outcome.interrupted:
        finish(resolved, directory, "interrupted", clock=_time_of_run(clock, directory))
        raise interruption(directory)
    if outcome.failure is None and directory.summary.exists():
        return directory
    finish(resolved, directory, "failed", clock=_time_of_run(clock, directory))
    kinds: dict[int, type[HarnessError]] = {2: RequestError, 3: SearchFailed}
    kind = kinds.get(failure.exit_code, WorkerLost) if failure is not None else WorkerLost
    raise kind(
        f"{failure or 'The ranks ended without a summary.'} The records so far are in "
        f"{directory.path}. To go on: {resume_command(directory)}"
    )


def _end_out_of_time(
    resolved: ResolvedRun, directory: RunDirectory, clock: LauncherClock
) -> RunDirectory:
    time_of_run = _time_of_run(clock, directory)
    finish(resolved, directory, "completed", out_of_time=True, clock=time_of_run)
    return directory


def _time_of_run(clock: LauncherClock, directory: RunDirectory) -> Clock:
    clock.not_before(event["time"] for _writer, event in read_events(directory.events))
    return anchored_clock(clock.ahead_s)


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
                _take_part(shared, backend, world)
                return None
            resolved, directory = prepared
            with _shown(view, directory, resolved):
                execute_and_finish(resolved, directory, world)
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
    return prepare(held, backend, workers, world.size)


def _take_part(path: Path, backend: Backend | None = None, world: World | None = None) -> None:
    directory = open_run_directory(path)
    config = directory.read_config()
    resolved = reopen(config, detect_hardware(), arithmetic_of_session(directory), backend)
    if world is None:
        world = resolved.backend.world()
        _agree(world, path)
    execute_and_finish(resolved, directory, world)


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
