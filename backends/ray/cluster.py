"""Starts and stops Ray, without noise and without traces."""

from __future__ import annotations

import logging
import math
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from backends.ray import preload
from backends.ray.cleanup import aftermath_removed
from backends.ray.options import RayOptions
from backends.ray.patches.cluster import (
    as_many_cores_as,
    inherited_process_environment,
    no_termination_handler,
    ready_processes,
    silence,
)
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware, usable_cores

if TYPE_CHECKING:
    from harness.trials.objective_spec import ObjectiveSpec

_LONGEST_IMPORT_S = 60.0
"""For processes that have a core each."""

_LONGEST_TEMPORARY_ROOT = 40
_OBJECT_STORE_BYTES = 80 * 2**20
_READY, _LOADING = "ready", "loading"
_REMOVALS = 10


@contextmanager
def cluster_started(
    options: RayOptions, processes: int, objective: ObjectiveSpec, ranks: int = 1
) -> Iterator[None]:
    """Start Ray on this machine, or connect to a cluster; leave no process behind.

    Parameters
    ----------
    options
        The engine's options.
    processes
        Processes that train at the same time. The own cluster has this many
        logical CPUs, whatever the machine has.
    objective
        What its processes will evaluate.
    ranks
        Processes that train one trial together.
    """
    with (
        _environment(_driver_settings(options, processes)),
        silence(),
        no_termination_handler(),
    ):
        started = (
            _own_cluster(
                options,
                processes,
                _process_settings(objective, ranks),
                objective if ranks == 1 and _trains_on_processors(objective) else None,
            )
            if options.address is None
            else _cluster_at(options.address)
        )
        with started:
            _reinstall_handler(signal.SIGTERM)
            if options.address is not None:
                _refuse_too_few_slots(options.address, processes, options.cpus_per_rank)
            yield


def nodes_at(address: str) -> int:
    """Return how many nodes of a running cluster are alive.

    Raises
    ------
    RequestError
        If it cannot be reached.
    """
    with silence(), no_termination_handler(), _cluster_at(address):
        import ray

        return sum(bool(node["Alive"]) for node in ray.nodes())


@contextmanager
def _cluster_at(address: str) -> Iterator[None]:
    import ray

    try:
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
        except ConnectionError as error:
            raise RequestError(f"No Ray cluster lets us in at '{address}': {error}") from None
        yield
    finally:
        ray.shutdown()


def _refuse_too_few_slots(address: str, processes: int, cpus_per_rank: float) -> None:
    import ray

    cpus = {
        node["NodeManagerHostname"]: node["Resources"].get("CPU", 0.0)
        for node in ray.nodes()
        if node["Alive"]
    }
    # A process has its CPUs on one node.
    slots = sum(math.floor(available / cpus_per_rank) for available in cpus.values())
    if slots < processes:
        told = ", ".join(f"{host} has {available:g}" for host, available in sorted(cpus.items()))
        raise RequestError(
            f"{processes} training processes of {cpus_per_rank:g} CPUs do not fit on the Ray "
            f"cluster at '{address}' ({told} CPUs): ask for fewer workers, or start its nodes "
            "with a larger --num-cpus."
        )


@contextmanager
def _own_cluster(
    options: RayOptions,
    processes: int,
    settings: Mapping[str, str],
    objective: ObjectiveSpec | None,
) -> Iterator[None]:
    import ray

    with (
        _scratch_directory() as scratch,
        aftermath_removed(scratch),
        inherited_process_environment() if options.patches else nullcontext(),
    ):
        try:
            if options.patches:
                told = {preload.READY: str(scratch / _READY)}
                settings = {**settings, **told, **_data_in_advance(scratch, objective)}
            with _environment(settings):
                _start(options, processes, scratch)
            if options.patches:
                _wait_for_processes(scratch, processes)
            yield
        finally:
            ray.shutdown()


def _start(options: RayOptions, processes: int, scratch: Path) -> None:
    with as_many_cores_as(processes) if options.patches else nullcontext():
        _initialise(options, processes, scratch)


def _initialise(options: RayOptions, processes: int, scratch: Path) -> None:
    import ray

    ray.init(
        address="local",
        num_cpus=processes,
        include_dashboard=options.dashboard,
        object_store_memory=_OBJECT_STORE_BYTES,
        log_to_driver=False,
        logging_level=logging.CRITICAL,
        _temp_dir=str(scratch),
        _system_config=ready_processes(_longest_import_s(processes)) if options.patches else None,
    )


def _trains_on_processors(objective: ObjectiveSpec) -> bool:
    """Whether no GPU is used: Ray tells a process which GPU is its own when an actor comes."""
    return objective.device == "cpu" or not detect_hardware().gpus


def _data_in_advance(scratch: Path, objective: ObjectiveSpec | None) -> dict[str, str]:
    """Return what has the waiting processes load the data of an objective, if there is one."""
    if objective is None:
        return {}
    file = scratch / "objective"
    file.write_bytes(pickle.dumps(objective))
    return {preload.OBJECTIVE: str(file), preload.LOADING: str(scratch / _LOADING)}


def _wait_for_processes(scratch: Path, processes: int) -> None:
    """Import Tune, and wait until the training processes have imports and data behind them.

    Loading takes as long as it takes: who has begun with it and lives is waited for.
    """
    import backends.ray.tuning  # noqa: F401

    deadline = time.monotonic() + _longest_import_s(processes)
    while len(ready := _numbers_in(scratch / _READY)) < processes:
        loading = _numbers_in(scratch / _LOADING) - ready
        if time.monotonic() > deadline and not any(map(psutil.pid_exists, loading)):
            return
        time.sleep(0.02)


def _numbers_in(directory: Path) -> set[int]:
    return {int(file.name) for file in directory.iterdir()}


def _longest_import_s(processes: int) -> float:
    return _LONGEST_IMPORT_S * max(1.0, processes / usable_cores())


def _process_settings(objective: ObjectiveSpec, ranks: int) -> dict[str, str]:
    """Return the environment that the processes of our own cluster inherit."""
    return {
        preload.WORKLOAD: objective.workload,
        preload.RANKS: str(ranks),
        "OMP_NUM_THREADS": str(objective.threads),
        "PL_DISABLE_FORK": "1",
        "RAY_CHDIR_TO_TRIAL_DIR": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def _driver_settings(options: RayOptions, processes: int) -> dict[str, str]:
    """Return the environment in which Ray and Tune run in this process."""
    settings = {
        "RAY_AIR_NEW_OUTPUT": "0",
        "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
        "TUNE_GLOBAL_CHECKPOINT_S": "3600",
        "TUNE_MAX_PENDING_TRIALS_PG": str(processes),
        "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
        "TUNE_WARN_THRESHOLD_S": "3600",
    }
    if options.address is None:
        # Whatever its name says, on Linux too: Ray listens on the loopback interface only.
        settings["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    return settings


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _reinstall_handler(number: signal.Signals) -> None:
    """Put the handler that Python knows of before the one that Ray's own code installed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(number, signal.getsignal(number))


@contextmanager
def _scratch_directory() -> Iterator[Path]:
    """Make a directory whose name is short: a socket's path has 107 characters."""
    root = tempfile.gettempdir()
    if len(root) > _LONGEST_TEMPORARY_ROOT:
        root = "/tmp"
    scratch = Path(tempfile.mkdtemp(prefix="hpo-", dir=root))
    try:
        for name in (_READY, _LOADING):
            (scratch / name).mkdir()
        yield scratch
    finally:
        _remove(scratch)


def _remove(directory: Path) -> None:
    """Remove a directory in which processes that are about to end may still write."""
    for _attempt in range(_REMOVALS):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.2)
