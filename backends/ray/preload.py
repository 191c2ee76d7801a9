"""Imported by each process of our own Ray cluster before it takes work.

A process that trains spends seconds on imports and on its data. Ray starts as many processes
as there are slots in advance; with this module among its ``preload_python_modules``
they are ready when the search's clock starts. (Tasks cannot do this: Ray does not
give a process that ran a task to an actor.)
"""

from __future__ import annotations

import dataclasses
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.trials.objective import Objective
    from harness.trials.objective_spec import ObjectiveSpec

READY = "HARNESS_RAY_READY"
"""Environment variable: the directory where a process says that it is ready."""

LOADING = "HARNESS_RAY_LOADING"
"""Environment variable: the directory where it says that it has begun to load its data."""

OBJECTIVE = "HARNESS_RAY_OBJECTIVE"
"""Environment variable: the file with the objective whose data to load; absent for none."""

WORKLOAD = "HARNESS_RAY_WORKLOAD"
"""Environment variable: the workload whose modules to import."""


RANKS = "HARNESS_RAY_RANKS"
"""Environment variable: how many processes train one trial."""

_loaded: tuple[ObjectiveSpec, Objective | Exception] | None = None


def import_what_trials_need(workload: str, ranks: int) -> None:
    """Import torch, Tune, the workload's modules and, for several ranks, what those need."""
    import torch  # noqa: F401

    import backends.ray.trainable  # noqa: F401
    from harness.machine.compiler import import_compiler
    from harness.plugins.loading import load_workload_class

    load_workload_class(workload).import_training_modules()
    if ranks > 1:
        import_compiler()


def load_data(spec: ObjectiveSpec) -> None:
    """Load the data of an objective, for the actor that this process becomes."""
    global _loaded
    try:
        _loaded = spec, spec.prepare()
    except Exception as error:
        # It is the search's error, which tells of it when this process is asked for a trial.
        _loaded = spec, error


def take_loaded(spec: ObjectiveSpec) -> Objective | None:
    """Return what was loaded for an objective, once; None if that is not what was loaded.

    Raises
    ------
    Exception
        That which loading raised.
    """
    global _loaded
    if _loaded is None or not _alike(_loaded[0], spec):
        return None
    (_spec, found), _loaded = _loaded, None
    if isinstance(found, Exception):
        raise found
    return found


def _alike(one: ObjectiveSpec, other: ObjectiveSpec) -> bool:
    return dataclasses.replace(one, time_limit=None) == dataclasses.replace(other, time_limit=None)


def _get_ready(ready: Path) -> None:
    try:
        import_what_trials_need(os.environ[WORKLOAD], int(os.environ.get(RANKS, "1")))
        if OBJECTIVE in os.environ:
            (Path(os.environ[LOADING]) / str(os.getpid())).touch()
            load_data(pickle.loads(Path(os.environ[OBJECTIVE]).read_bytes()))
    finally:
        (ready / str(os.getpid())).touch()


if READY in os.environ:
    _get_ready(Path(os.environ[READY]))
