"""What makes Open MPI start fast and quietly on a single node."""

from __future__ import annotations

from collections.abc import MutableMapping

from harness.launch.environment import spans_nodes

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
