"""What the environment says about the MPI job around this process."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "PMIX_RANK")
_HOST_OPTIONS = ("--host", "-host", "-H", "-hosts", "--hosts")
_HOST_FILE_OPTIONS = ("--hostfile", "-hostfile", "--machinefile", "-machinefile", "-f")
_LOCAL_RANKS = (
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "MPI_LOCALRANKID",
    "PMI_LOCAL_RANK",
    "MV2_COMM_WORLD_LOCAL_RANK",
)


def inside_mpi_job(environ: Mapping[str, str]) -> bool:
    """Whether this process is a rank of an MPI job that somebody else started.

    A Slurm step of one task is none: an interactive shell may be one, and a
    search started there launches its own ranks.
    """
    if _slurm_tasks(environ) == 1:
        # Slurm's own PMI gives such a step a rank and a size, too.
        return "OMPI_COMM_WORLD_SIZE" in environ or size_of(environ) > 1
    return any(name in environ for name in (*_SIZES, "PMIX_RANK")) or size_of(environ) > 1


def rank_of(environ: Mapping[str, str]) -> int:
    """Return this process' rank; 0 outside of a job."""
    return _first_number(environ, _RANKS, "SLURM_PROCID", default=0)


def size_of(environ: Mapping[str, str]) -> int:
    """Return the number of ranks of the job; 1 outside of one."""
    return _first_number(environ, _SIZES, "SLURM_STEP_NUM_TASKS", default=1)


def local_rank_of(environ: Mapping[str, str]) -> int:
    """Return this process' place among the ranks of its node; 0 outside of a job."""
    return _first_number(environ, _LOCAL_RANKS, "SLURM_LOCALID", default=0)


def _slurm_tasks(environ: Mapping[str, str]) -> int | None:
    # A batch script has SLURM_NTASKS and SLURM_PROCID too; only a step has this one.
    return number_in(environ, "SLURM_STEP_NUM_TASKS")


def _first_number(
    environ: Mapping[str, str], names: tuple[str, ...], slurm_name: str, default: int
) -> int:
    for name in names:
        value = number_in(environ, name)
        if value is not None:
            return value
    if (_slurm_tasks(environ) or 1) > 1:
        return number_in(environ, slurm_name) or default
    return default


def number_in(environ: Mapping[str, str], name: str) -> int | None:
    """Return the number that a variable holds; None if it holds none."""
    value = environ.get(name, "")
    return int(value) if value.isdecimal() else None


def spans_nodes(environ: Mapping[str, str]) -> bool:
    """Whether a job uses more than one node, as far as its environment tells."""
    return nodes_of_job(environ) > 1


def nodes_of_job(environ: Mapping[str, str]) -> int:
    """Return how many nodes a job uses; 1 where its environment does not tell."""
    ranks = number_in(environ, "OMPI_COMM_WORLD_SIZE")
    if ranks is not None:
        return math.ceil(ranks / (number_in(environ, "OMPI_COMM_WORLD_LOCAL_SIZE") or 1))
    in_step = (number_in(environ, "SLURM_STEP_NUM_TASKS") or 1) > 1
    for name in ("SLURM_STEP_NUM_NODES" if in_step else "", "SLURM_JOB_NUM_NODES", "SLURM_NNODES"):
        nodes = number_in(environ, name)
        if nodes is not None:
            return nodes
    hosts = (
        _hosts_of_launcher(environ)
        or _hosts_in_file(environ.get("PBS_NODEFILE"))
        or environ.get("LSB_HOSTS", "").split()
    )
    return max(1, len(set(hosts)))


def _hosts_of_launcher(environ: Mapping[str, str]) -> list[str]:
    """Return the hosts that the user's launcher names, by an option or in a file."""
    words = shlex.split(environ.get("HARNESS_MPIEXEC", ""))
    # An option and its value are two words, or one with an equals sign.
    pairs = [word.split("=", 1) for word in words if "=" in word]
    pairs += [list(pair) for pair in pairwise(words)]
    for option, value in pairs:
        if option in _HOST_OPTIONS:
            return [host.partition(":")[0] for host in value.split(",")]
        if option in _HOST_FILE_OPTIONS:
            return _hosts_in_file(value)
    return []


def _hosts_in_file(path: str | None) -> list[str]:
    """Return the first word of each line, which may end with a number of slots."""
    if not path:
        return []
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    words = [line.partition("#")[0].split() for line in lines]
    return [found[0].partition(":")[0] for found in words if found]
