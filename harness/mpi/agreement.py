"""Whether the nodes of a job see the same run directory and have the same software."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from harness.launch.environment import local_rank_of
from harness.launch.lifeline import not_shared
from harness.machine.environment import git_revision, installed_versions
from harness.mpi.world import MpiWorld

VISIBLE_S = 15.0
"""How long a new file may take to be seen on other nodes."""


def disagreement(world: MpiWorld, directory: Path) -> str | None:
    """Return what keeps the nodes of a job from searching together, in one line; collective.

    Parameters
    ----------
    world
        All ranks of the job.
    directory
        The run directory, which exists on rank 0's node.

    Returns
    -------
    str or None
        None if nothing does; the same on every rank.
    """
    hosts = world.gather(socket.gethostname())
    if len(set(hosts)) == 1:
        return None
    token = directory / f".seen-{world.broadcast(uuid4().hex)}"
    if world.rank == 0:
        token.touch()
    # One rank speaks for its node.
    statement = _statement(token) if local_rank_of(os.environ) == 0 or world.rank == 0 else None
    statements = world.gather(statement)
    if world.rank == 0:
        token.unlink(missing_ok=True)
    for other in statements[1:]:
        problem = None if other is None else _problem(statements[0], other, directory)
        if problem is not None:
            return problem
    return None


def _statement(token: Path) -> dict[str, Any]:
    deadline = time.monotonic() + VISIBLE_S
    while not (seen := token.exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    versions = {
        "Python": sys.version.split()[0],
        **installed_versions(),
        "the checkout": git_revision(Path(__file__).resolve().parent),
    }
    return {"host": socket.gethostname(), "sees": seen, "versions": versions}


def _problem(root: Mapping[str, Any], other: Mapping[str, Any], directory: Path) -> str | None:
    if not other["sees"]:
        return not_shared(other["host"], directory) + "."
    for name, version in root["versions"].items():
        theirs = other["versions"].get(name)
        if theirs != version:
            return (
                f"{name} is {theirs or 'absent'} on {other['host']} and {version or 'absent'} on "
                f"{root['host']}: all nodes must have the same environment."
            )
    return None
