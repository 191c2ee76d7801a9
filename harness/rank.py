"""One rank of a launched MPI search: ``python -m harness.rank RUN_DIR``."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.search import run_rank

if __name__ == "__main__":
    run_rank(Path(sys.argv[1]))
