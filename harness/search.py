"""Runs one search, from the request to its summary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backend import World
from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import HarnessError, Interrupted, RequestError, SearchFailed, WorkerLost
from harness.finish import finish_run
from harness.hardware import detect_hardware
from harness.mpi.environment import inside_mpi_job
from harness.mpi.launch import launch
from harness.mpi.lifeline import guarded_rank
from harness.mpi.rank_report import RankFailure
from harness.plugins import load_backend
from harness.prepare import objective_spec, prepare, search_context
from harness.progress import ProgressView
from harness.resolve import ResolvedRun, reopen
from harness.run_directory import RunDirectory, open_run_directory

ViewFactory = Callable[[RunDirectory, ResolvedRun], ProgressView]
"""Makes the view that shows a search's progress."""


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes
    ----------
    directory
        Its run directory.
    summary
        What ``summary.json`` holds.
    """

    directory: Path
    summary: dict[str, Any]


def run(
    config: RunConfig, out: Path | None = None, view: ViewFactory | None = None
) -> RunResult | None:
    """Run one search.

    Parameters
    ----------
    config
        The request.
    out
        The run directory; by default a new one under ``runs/``.
    view
        Shows the progress; nothing is shown by default.

    Returns
    -------
    RunResult or None
        The finished run; None on the ranks of an MPI job that are not its root.

    Raises
    ------
    RequestError
        If the request is wrong; nothing has been searched then.
    SearchFailed
        If no trial succeeded.
    WorkerLost
        If a rank of the search died.
    Interrupted
        If the search was asked to end.
    """
    backend = load_backend(config.backend)
    in_job = inside_mpi_job(os.environ)
    if backend.process_model == "mpi":
        backend.require_engine()
        return _run_rank_of_job(config, out, view) if in_job else _run_launched(config, out, view)
    if in_job:
        raise RequestError(
            f"Backend '{config.backend}' starts its own processes; start it once, "
            "without mpiexec and with one task."
        )
    resolved, directory = prepare(config, out)
    with _shown(view, directory, resolved):
        _execute_and_finish(resolved, directory, resolved.backend.world())
    return _successful_result(directory)


def run_rank(path: Path) -> None:
    """Take part in the search of a prepared run directory, as one rank of an MPI job."""
    _take_part(path, None)


def read_summary(directory: RunDirectory) -> dict[str, Any]:
    """Return a run's summary."""
    summary: dict[str, Any] = json.loads(directory.summary.read_text())
    return summary


def _execute_and_finish(resolved: ResolvedRun, directory: RunDirectory, world: World) -> None:
    status = "completed"
    try:
        context = search_context(resolved, directory)
        with resolved.backend.engine_started(context):
            resolved.backend.search(context, world)
    except KeyboardInterrupt:
        status = "interrupted"
        raise Interrupted(f"Interrupted. The records so far are in {directory.path}.") from None
    except BaseException:
        status = "failed"
        raise
    finally:
        if world.rank == 0:
            objective = objective_spec(resolved.config, directory)
            finish_run(resolved.config, directory, resolved.workload.metric, status, objective)


def _successful_result(directory: RunDirectory) -> RunResult:
    summary = read_summary(directory)
    if summary["best_trial_id"] is None:
        raise SearchFailed(
            f"No trial succeeded; the first cause: {summary['first_error']}. "
            f"See: harness show {directory.path}"
        )
    return RunResult(directory.path, summary)


def _run_launched(config: RunConfig, out: Path | None, view: ViewFactory | None) -> RunResult:
    resolved, directory = prepare(config, out)
    ranks = resolved.backend.ranks(resolved.spec)
    with _shown(view, directory, resolved, threaded=False) as shown:
        outcome = launch(
            directory.path,
            ranks,
            threads=resolved.config.threads or 1,
            while_waiting=shown.poll if shown is not None else None,
        )
    if outcome.failure is not None or outcome.interrupted or not directory.summary.exists():
        objective = objective_spec(resolved.config, directory)
        status = "interrupted" if outcome.interrupted else "failed"
        finish_run(resolved.config, directory, resolved.workload.metric, status, objective)
        if outcome.interrupted:
            raise Interrupted(f"Interrupted. The records so far are in {directory.path}.")
        raise _launch_error(outcome.failure, directory)
    return _successful_result(directory)


def _launch_error(failure: RankFailure | None, directory: RunDirectory) -> HarnessError:
    kinds: dict[int, type[HarnessError]] = {2: RequestError, 3: SearchFailed}
    kind = kinds.get(failure.exit_code, WorkerLost) if failure is not None else WorkerLost
    what = failure or "The ranks ended without a summary."
    return kind(f"{what} The records so far are in {directory.path}.")


def _run_rank_of_job(
    config: RunConfig, out: Path | None, view: ViewFactory | None
) -> RunResult | None:
    backend = load_backend(config.backend)
    world = backend.world()
    prepared: tuple[ResolvedRun, RunDirectory] | HarnessError | None = None
    if world.rank == 0:
        try:
            workers = backend.workers_of(world.size, config.ranks_per_trial)
            if workers < 1:
                raise RequestError(
                    f"Backend '{config.backend}' needs more than the {world.size} ranks of this "
                    f"MPI job for one trial of {config.ranks_per_trial} ranks."
                )
            prepared = prepare(config, out, workers, world.size)
        except HarnessError as error:
            prepared = error
    shared = world.broadcast(
        prepared if isinstance(prepared, HarnessError) else prepared and prepared[1].path
    )
    if isinstance(shared, HarnessError):
        raise shared if world.rank == 0 else type(shared)("")
    with guarded_rank(shared, world.rank):
        if world.rank != 0 or not isinstance(prepared, tuple):
            _take_part(shared, world)
            return None
        resolved, directory = prepared
        with _shown(view, directory, resolved):
            _execute_and_finish(resolved, directory, world)
    return _successful_result(directory)


def _take_part(path: Path, world: World | None) -> None:
    directory = open_run_directory(path)
    config = validate_config(read_config_file(directory.config))
    resolved = reopen(config, detect_hardware())
    _execute_and_finish(resolved, directory, world or resolved.backend.world())


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
