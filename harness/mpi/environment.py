"""What the environment says about the MPI job around this process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "PMIX_RANK")
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
    hosts = _hosts_of_nodefile(environ) or environ.get("LSB_HOSTS", "").split()
    return max(1, len(set(hosts)))


def _hosts_of_nodefile(environ: Mapping[str, str]) -> list[str]:
    path = environ.get("PBS_NODEFILE")
    if not path:
        return []
    try:
        return Path(path).read_text(encoding="utf-8").split()
    except OSError:
        return []
