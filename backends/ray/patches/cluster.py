"""Patches of how Ray starts, and of what it does to the process that starts it."""

from __future__ import annotations

import logging
import math
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from backends.ray import preload
from backends.ray.replacement import replaced

_KEEP_PROCESSES_MS = 24 * 3600 * 1000
_LOGGERS = ("ray", "ray.tune", "ray.train", "hpbandster")


@contextmanager
def as_many_cores_as(processes: int) -> Iterator[None]:
    """Have Ray start all processes in advance; it starts no more than there are cores.

    The others would start one after the other while the first ones train, and take the
    cores from them. Upstream: https://github.com/ray-project/ray/issues/29162, closed
    for its age.
    """
    cores = multiprocessing.cpu_count()
    with replaced(multiprocessing, "cpu_count", lambda: max(cores, processes)):
        yield


def ready_processes(longest_import_s: float) -> dict[str, Any]:
    """Return Ray's internal configuration: processes that are ready, and as quick as others.

    Ray's documentation names none of these. It imports `preload` in each process that it
    starts in advance, and gives processes the priority of everything else (upstream:
    https://github.com/ray-project/ray/pull/24928).

    Parameters
    ----------
    longest_import_s
        How long a process may take to come up.
    """
    return {
        "preload_python_modules": [preload.__name__],
        # Tune reserves the CPUs before it starts actors; Ray would then think that
        # the waiting processes are too many, and end them after a second.
        "idle_worker_killing_time_threshold_ms": _KEEP_PROCESSES_MS,
        # Ray gives training a lower priority than everything else on the machine.
        "worker_niceness": 0,
        # Processes that outnumber the cores take longer to come up.
        "worker_register_timeout_seconds": math.ceil(longest_import_s),
    }


@contextmanager
def inherited_process_environment() -> Iterator[None]:
    """Have Tune ask for actors without environment variables of their own.

    Ray gives the processes that it started in advance only to actors that need
    no other environment (upstream: https://github.com/ray-project/ray/pull/15782). What
    Tune sets, the processes of our own cluster inherit.
    """
    from ray.tune.execution.class_cache import DEFAULT_ENV_VARS

    before = dict(DEFAULT_ENV_VARS)
    DEFAULT_ENV_VARS.clear()
    try:
        yield
    finally:
        DEFAULT_ENV_VARS.update(before)


@contextmanager
def silence() -> Iterator[None]:
    """Keep Ray from printing; it tells of a dead process on standard output.

    The records tell of it too. Required: standard output is the summary's. No thread
    upstream was found.
    """
    from ray._private import worker

    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with replaced(worker, "print_to_stdstream", _print_nothing):
        yield


def _print_nothing(data: Mapping[str, Any], ignore_prefix: bool) -> None:
    """Take the place of Ray's printing."""


@contextmanager
def no_termination_handler() -> Iterator[None]:
    """Have Ray leave SIGTERM to who called: its own handler ends the process without records.

    Required. Upstream: https://github.com/ray-project/ray/issues/17308, closed for its age.
    """
    from ray._private import utils

    with replaced(utils, "set_sigterm_handler", lambda handler: None):
        yield
