"""The arguments of the ``harness`` command that runs a cell of a study."""

from __future__ import annotations

import json
from pathlib import Path

from harness.study.directory import StudyDirectory
from harness.study.grid import Cell
from harness.study.settings import leaves

_RESUMABLE = ("data", "threads", "engine")

_OPTIONS = frozenset(
    {
        "backend",
        "algo",
        "workload",
        "precision",
        "workers",
        "trials",
        "epochs",
        "seed",
        "ranks_per_trial",
        "checkpoint_interval",
        "time_limit",
        "data",
    }
)


def cell_arguments(cell: Cell, directory: StudyDirectory) -> list[str]:
    """Return the arguments that begin a cell, or go on with one that was cut off."""
    describe = resume_arguments if directory.is_resumable(cell) else run_arguments
    return describe(cell, directory.run(cell))


def run_arguments(cell: Cell, out: Path) -> list[str]:
    """Return the arguments that run a cell into `out`."""
    options, others = [], []
    for name, value in leaves(cell.settings):
        if value is None:
            continue
        if name in _OPTIONS:
            options += [f"--{name.replace('_', '-')}", str(value)]
        else:
            others += ["--set", f"{name}={json.dumps(value)}"]
    return ["run", *options, *others, "--out", str(out)]


def resume_arguments(cell: Cell, out: Path) -> list[str]:
    """Return the arguments that go on with a cell in `out`, on a machine that may be another."""
    changes = [
        argument
        for name, value in leaves(cell.settings)
        if name.split(".")[0] in _RESUMABLE and value is not None
        for argument in ("--set", f"{name}={json.dumps(value)}")
    ]
    return ["resume", str(out), *changes]
