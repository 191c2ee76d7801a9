"""What makes Open MPI start fast and quietly on a single node."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from harness.mpi.environment import number_in

ONE_NODE_SETTINGS = {
    # Looking for networks takes a second; one node has its shared memory.
    "OMPI_MCA_pml": "ob1",
    "OMPI_MCA_btl": "self,sm",
    # It complains on every rank where there is no such network.
    "OMPI_MCA_osc": "^ucx",
}
"""Parameters of Open MPI, as environment variables. Other MPIs do not look at them."""


def settle_before_mpi_starts(environ: MutableMapping[str, str]) -> None:
    """Choose Open MPI's ways of communication for a job on one node.

    Call it on every rank before ``mpi4py.MPI`` is imported. What is set
    already stays, and a job on several nodes is left alone.
    """
    if not spans_nodes(environ):
        for name, value in ONE_NODE_SETTINGS.items():
            environ.setdefault(name, value)


def spans_nodes(environ: Mapping[str, str]) -> bool:
    """Whether a job uses more than one node, as far as its environment tells."""
    ranks = number_in(environ, "OMPI_COMM_WORLD_SIZE")
    if ranks is not None:
        return ranks != number_in(environ, "OMPI_COMM_WORLD_LOCAL_SIZE")
    in_step = (number_in(environ, "SLURM_STEP_NUM_TASKS") or 1) > 1
    for name in ("SLURM_STEP_NUM_NODES" if in_step else "", "SLURM_JOB_NUM_NODES", "SLURM_NNODES"):
        nodes = number_in(environ, name)
        if nodes is not None:
            return nodes > 1
    hosts = _hosts_of_nodefile(environ) or environ.get("LSB_HOSTS", "").split()
    return len(set(hosts)) > 1


def _hosts_of_nodefile(environ: Mapping[str, str]) -> list[str]:
    path = environ.get("PBS_NODEFILE")
    if not path:
        return []
    try:
        return Path(path).read_text().split()
    except OSError:
        return []
