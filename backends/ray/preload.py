"""Imported by each process of our own Ray cluster before it takes work.

A process that trains spends seconds on imports. Ray starts as many processes as
there are slots in advance; with this module among its ``preload_python_modules``
they are ready when the search's clock starts. (Tasks cannot do this: Ray does not
give a process that ran a task to an actor.)
"""

from __future__ import annotations

import os
from pathlib import Path

READY = "HARNESS_RAY_READY"
"""Environment variable: the directory where a process says that it is ready."""

WORKLOAD = "HARNESS_RAY_WORKLOAD"
"""Environment variable: the workload whose modules to import."""


RANKS = "HARNESS_RAY_RANKS"
"""Environment variable: how many processes train one trial."""


def import_what_trials_need(workload: str, ranks: int) -> None:
    """Import torch, Tune, the workload's modules and, for several ranks, what those need."""
    import torch  # noqa: F401

    import backends.ray.trainable  # noqa: F401
    from harness.machine.compiler import import_compiler
    from harness.plugins.loading import load_workload_class

    load_workload_class(workload).import_training_modules()
    if ranks > 1:
        import_compiler()


if READY in os.environ:
    try:
        import_what_trials_need(os.environ[WORKLOAD], int(os.environ.get(RANKS, "1")))
    finally:
        (Path(os.environ[READY]) / str(os.getpid())).touch()
