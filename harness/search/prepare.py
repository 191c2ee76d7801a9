"""Prepares a run: request resolved, run directory created and described."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from harness.backend import Backend, SearchContext
from harness.checkpoints.in_flight import TrialStates
from harness.config import ResolvedConfig, RunConfig
from harness.launch.environment import nodes_of_job
from harness.machine.arithmetic import Arithmetic
from harness.machine.environment import describe_environment, session_arithmetics
from harness.machine.hardware import Hardware, detect_hardware
from harness.plugins.checks import blamed
from harness.plugins.loading import load_backend
from harness.records.costs import allocation_of
from harness.records.directory import (
    RunDirectory,
    create_run_directory,
    default_directory,
    write_json,
    write_yaml,
)
from harness.records.events import read_events
from harness.records.history import History, read_history
from harness.records.recorder import Recorder
from harness.records.tensorboard import require_tensorboard
from harness.records.timeline import before_session
from harness.search.resolve import ResolvedRun, resolve
from harness.search.sessions import begin_session, current_session
from harness.space import sample_configurations
from harness.trials.objective_spec import ObjectiveSpec

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


def prepare(
    config: RunConfig,
    out: Path | None,
    workers: int | None = None,
    job_ranks: int | None = None,
    backend: Backend | None = None,
) -> tuple[ResolvedRun, RunDirectory]:
    """Resolve a request and create its run directory.

    Parameters
    ----------
    config
        The request.
    out
        The run directory, or None for a new one under ``runs/``.
    workers
        The workers of the MPI job around this process, if there is one.
    job_ranks
        The ranks of that job.
    backend
        The backend, where this process has loaded it already.

    Raises
    ------
    RequestError
        If the request is wrong; nothing has been written then.
    """
    if config.tensorboard:
        require_tensorboard()
    hardware = detect_hardware()
    backend = backend or load_backend(config.backend)
    nodes = None if config.threads else _nodes_of_engine(config, backend)
    resolved = resolve(config, hardware, os.environ, workers, job_ranks, nodes, backend)
    chosen = resolved.config
    path = out or default_directory(
        datetime.now(),
        _file_name(chosen.backend),
        chosen.algo,
        _file_name(chosen.workload),
        chosen.precision,
    )
    directory = create_run_directory(path)
    write_json(
        directory.environment,
        {
            **_description(resolved, hardware),
            "command_started": psutil.Process().create_time(),
            "space": resolved.describe_space(),
        },
    )
    write_yaml(directory.config, chosen.to_plain())
    return resolved, directory


def prepare_resumed(
    config: RunConfig,
    directory: RunDirectory,
    last_alive: float | None,
    workers: int | None = None,
    job_ranks: int | None = None,
    backend: Backend | None = None,
) -> tuple[ResolvedRun, RunDirectory]:
    """Begin the next session of a run whose earlier processes are gone.

    Parameters
    ----------
    config
        The run's configuration, with what is to change.
    directory
        Its run directory.
    last_alive
        Unix time until which the session before lived at least.
    workers, job_ranks, backend
        As for `prepare`.

    Raises
    ------
    RequestError
        If the run cannot go on here; nothing has been written then.
    """
    hardware = detect_hardware()
    if workers is not None:
        config = config.model_copy(update={"workers": workers})
    resolved = resolve(config, hardware, os.environ, workers, job_ranks, backend=backend)
    described = directory.read_environment()
    session = begin_session(directory, last_alive)
    resumed = {"session": session, **_description(resolved, hardware)}
    described["resumed"] = [*described.get("resumed", []), resumed]
    write_json(directory.environment, described)
    write_yaml(directory.config, resolved.config.to_plain())
    return resolved, directory


def _description(resolved: ResolvedRun, hardware: Hardware) -> dict[str, Any]:
    """Return what is recorded of a session, the first or a later one."""
    return {
        **describe_environment(hardware, sys.argv),
        "arithmetic": resolved.precision.arithmetic,
        "engine_patches": list(resolved.backend.patches(resolved.config.engine)),
        "warnings": list(resolved.warnings),
        "allocation": _allocation(resolved, hardware),
    }


def _allocation(resolved: ResolvedRun, hardware: Hardware) -> dict[str, int]:
    processes = resolved.backend.ranks(resolved.spec)
    nodes = nodes_of_job(os.environ)
    return allocation_of(resolved.config, processes, hardware, nodes).to_plain()


def _nodes_of_engine(config: RunConfig, backend: Backend) -> int | None:
    with blamed("backend", config.backend, "nodes()"):
        return backend.nodes(config.engine)


def note_launcher_clock(directory: RunDirectory, ahead_s: float) -> None:
    """Record how far the clock that the command was started by is ahead of the run's time."""
    if ahead_s == 0.0 or current_session(directory) > 0:
        return
    described = directory.read_environment()
    write_json(directory.environment, {**described, "launcher_ahead_s": ahead_s})


def search_context(resolved: ResolvedRun, directory: RunDirectory) -> SearchContext:
    """Return what the backend gets to run the search."""
    config, spec = resolved.config, resolved.spec
    space = resolved.workload.space()
    return SearchContext(
        spec=spec,
        space=space,
        configurations=sample_configurations(resolved.workload.space(), spec.trials, spec.seed),
        objective=objective_spec(config, directory),
        recorder=recorder_of(config, directory),
        directory=directory.path.resolve(),
        history=history_of(config, directory, space),
    )


def recorder_of(config: ResolvedConfig, directory: RunDirectory) -> Recorder:
    """Return what records the session of a run that was begun last."""
    return Recorder(
        directory.events.resolve(),
        directory.tensorboard.resolve() if config.tensorboard else None,
        current_session(directory),
        config.workers,
    )


def history_of(
    config: ResolvedConfig, directory: RunDirectory, space: ConfigurationSpace
) -> History:
    """Return what the sessions before the one that was begun last have done."""
    session = current_session(directory)
    if session == 0:
        return History()
    from harness.records.fold import fold_events

    lines = before_session(read_events(directory.events), session)
    tables = fold_events(lines, directory.run_id, config.workers)
    return read_history(tables, TrialStates(directory.states), space)


def objective_spec(config: ResolvedConfig, directory: RunDirectory) -> ObjectiveSpec:
    """Return what a process needs to run trials of a resolved run."""
    return ObjectiveSpec(
        workload=config.workload,
        workload_options=config.workload_options,
        precision=config.precision,
        seed=config.seed_for("training"),
        split_seed=config.seed_for("split"),
        max_epochs=config.epochs,
        data=config.data,
        threads=config.threads,
        device=config.device,
        batch_scaling=config.batch_scaling,
        checkpoints=directory.checkpoints.resolve(),
        checkpoint_interval=config.checkpoint_interval,
        trial_timeout=config.trial_timeout,
        arithmetic=arithmetic_of_session(directory),
        time_limit=config.time_limit,
    )


def arithmetic_of_session(directory: RunDirectory) -> Arithmetic:
    """Return how the session that was begun last computes in short formats."""
    return session_arithmetics(directory.read_environment())[-1]


def _file_name(workload: str) -> str:
    return workload.rpartition(":")[2]
