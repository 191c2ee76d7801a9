from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.launch.job import LaunchOutcome, launch

HEADER = """
import json, os, sys, time
from pathlib import Path
from harness.launch.environment import rank_of
from harness.launch.lifeline import guarded_rank

directory = Path(sys.argv[1])
rank = rank_of(os.environ)

def result(value):
    (directory / f"result-{rank}.json").write_text(json.dumps(value))

def body():
    from mpi4py import MPI
    from harness.mpi.world import MpiWorld
    world = MpiWorld(MPI.COMM_WORLD)
%s

with guarded_rank(directory, rank):
    body()
"""


class Job:
    """Runs the body of a rank on several ranks and collects what each calls a result."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, body: str, ranks: int, **options: Any) -> LaunchOutcome:
        script = self.directory / "rank.py"
        script.write_text(HEADER % "\n".join(f"    {line}" for line in body.splitlines()))
        return launch(self.directory, ranks, command=(sys.executable, str(script)), **options)

    def results(self, ranks: int) -> list[Any]:
        files = [self.directory / f"result-{rank}.json" for rank in range(ranks)]
        return [json.loads(file.read_text()) for file in files]


@pytest.fixture
def job(tmp_path):
    pytest.importorskip("mpi4py")
    return Job(tmp_path)
