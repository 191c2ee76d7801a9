from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.config import RunConfig, validate_config
from harness.launch.job import LaunchOutcome, launch
from harness.records.directory import RunDirectory
from harness.records.events import read_events
from harness.search.prepare import prepare, prepare_resumed

pytest.importorskip("propulate")
pytest.importorskip("mpi4py")

MIXED = "harness.testing.workloads:AnalyticWorkload"

# Imports take longer than a small search, so the ranks of one job run many.
RANKS = """
import os, sys, time
from pathlib import Path
from harness.launch.environment import rank_of
from harness.launch.lifeline import guarded_rank

job = Path(sys.argv[1])
with guarded_rank(job, rank_of(os.environ)):
    from harness.search.execution import run_rank
    for line in (job / "searches").read_text().splitlines():
        before = time.process_time()
        run_rank(Path(line))
        busy = time.process_time() - before
        (Path(line) / f"busy-{rank_of(os.environ)}").write_text(str(busy))
"""


@dataclass(frozen=True)
class Search:
    """A finished search."""

    directory: Path
    config: RunConfig
    trials: pd.DataFrame
    epochs: pd.DataFrame
    spans: pd.DataFrame
    summary: dict[str, Any]

    def busy_s(self, rank: int) -> float:
        """Seconds of processor time that a rank took."""
        return float((self.directory / f"busy-{rank}").read_text())

    def events(self) -> list[dict[str, Any]]:
        return [event for _writer, event in read_events(self.directory / "events")]


class Searches:
    """Runs searches one after the other in the ranks of one MPI job."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.outcome: LaunchOutcome | None = None

    def run(self, ranks: int, requests: dict[str, dict[str, Any]]) -> dict[str, Search]:
        job = self.directory / f"job-{ranks}-{len(list(self.directory.iterdir()))}"
        job.mkdir()
        configs = {}
        for name, settings in requests.items():
            request = {"backend": "propulate", "workload": MIXED, "workers": ranks, **settings}
            resolved, _directory = prepare(RunConfig(**request), job / name)
            configs[name] = resolved.config
        self._launch(job, ranks, [job / name for name in requests])
        return {name: read_search(job / name, config) for name, config in configs.items()}

    def resume(self, ranks: int, searches: dict[str, Search], **changes: Any) -> dict[str, Search]:
        """Go on with searches that were cut off, on as many ranks and with other settings."""
        job = self.directory / f"job-{ranks}-{len(list(self.directory.iterdir()))}"
        job.mkdir()
        for search in searches.values():
            settings = {**search.config.to_plain(), "workers": ranks, **changes}
            prepare_resumed(validate_config(settings), RunDirectory(search.directory), None)
        self._launch(job, ranks, [search.directory for search in searches.values()])
        return {
            name: read_search(search.directory, search.config) for name, search in searches.items()
        }

    def _launch(self, job: Path, ranks: int, directories: list[Path]) -> None:
        (job / "searches").write_text("".join(f"{directory}\n" for directory in directories))
        (job / "ranks.py").write_text(RANKS)
        self.outcome = launch(job, ranks, command=(sys.executable, str(job / "ranks.py")))
        assert self.outcome.failure is None, self.outcome.log.read_text()


def read_search(directory: Path, config: RunConfig) -> Search:
    tables = [
        pd.read_parquet(directory / f"{name}.parquet") for name in ("trials", "epochs", "spans")
    ]
    # A missing text is None, whatever pandas calls it.
    tables[0] = tables[0].astype(object).where(tables[0].notna(), None)
    return Search(directory, config, *tables, RunDirectory(directory).read_summary())


@pytest.fixture(scope="session")
def searches(tmp_path_factory):
    return Searches(tmp_path_factory.mktemp("propulate"))
