"""Prints how many workers the tasks of a job make: mpi_workers.py BACKEND RANKS RANKS_PER_TRIAL.

Before it does, it starts the ranks as a search will, and checks that they are one world.
"""

import os
import subprocess
import sys
from pathlib import Path

from harness.launch.mpiexec import find_mpiexec, launch_command
from harness.plugins.loading import load_backend

RANK = "--rank"


def main(backend: str, ranks: int, ranks_per_trial: int) -> None:
    """Check the world and print the number of workers."""
    command = [sys.executable, str(Path(__file__).resolve()), RANK, backend]
    line, environ = launch_command(find_mpiexec(os.environ), ranks, command, os.environ)
    done = subprocess.run(
        line,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    worlds = [answer.split()[-1] for answer in done.stdout.splitlines() if "world of" in answer]
    if done.returncode != 0 or worlds != [str(ranks)] * ranks:
        sys.exit(
            f"'{' '.join(line[:3])} …' did not start one world of {ranks} ranks; "
            "see HARNESS_MPIEXEC in settings.sh."
        )
    workers = load_backend(backend).workers_of(ranks, ranks_per_trial)
    if workers < 1:
        sys.exit(f"{ranks} tasks are too few for one trial; ask for more with --ntasks.")
    print(workers)


def answer(backend: str) -> None:
    """Say how large the world of this rank is."""
    world = load_backend(backend).world()
    world.barrier()
    # One write: the lines of ranks that print at the same time must not mix.
    os.write(sys.stdout.fileno(), f"world of {world.size}\n".encode())


if __name__ == "__main__":
    if sys.argv[1] == RANK:
        answer(sys.argv[2])
    else:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
