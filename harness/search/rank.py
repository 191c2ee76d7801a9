"""One rank of a launched MPI search: ``python -m harness.search.rank RUN_DIR``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from harness.launch.environment import rank_of
from harness.launch.lifeline import guarded_rank


def main(path: Path) -> None:
    """Take part in the search of a prepared run directory."""
    with guarded_rank(path, rank_of(os.environ)):
        from harness.search.execution import run_rank

        run_rank(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
