"""Where a job on one node keeps its shared memory, so that none outlives it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def job_memory(
    run_directory: Path,
    environ: Mapping[str, str],
    one_node: bool,
    shared_memory: Path = SHARED_MEMORY,
) -> Iterator[dict[str, str]]:
    """Give Open MPI a directory of its own, and remove it with all that is in it.

    Open MPI removes its segments itself unless it is killed. Each has 16 MiB,
    and a node has few gigabytes of shared memory. The directory's name follows
    from the run's, so what a launcher that was killed left goes when its run is
    resumed.

    Parameters
    ----------
    run_directory
        The run directory.
    environ
        The environment to start from. What it sets for Open MPI stays.
    one_node
        Whether all ranks run on this node.
    shared_memory
        A file system in memory.

    Yields
    ------
    dict
        Environment variables for ``mpiexec``; none for a job on several nodes,
        which would need the directory on each.
    """
    if not one_node or not shared_memory.is_dir():
        yield {}
        return
    name = hashlib.sha256(os.fsencode(run_directory.resolve())).hexdigest()[:12]
    directory = shared_memory / f"harness-{os.getuid()}-{name}"
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.mkdir(mode=0o700)
    except OSError:
        # Open MPI's own place will do.
        yield {}
        return
    settings = dict.fromkeys(
        ("OMPI_MCA_btl_sm_backing_directory", "PRTE_MCA_prte_tmpdir_base"), str(directory)
    )
    try:
        yield {name: value for name, value in settings.items() if name not in environ}
    finally:
        shutil.rmtree(directory, ignore_errors=True)
