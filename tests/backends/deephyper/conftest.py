from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.config import RunConfig, validate_config
from harness.launch.job import launch
from harness.records.directory import RunDirectory
from harness.search.prepare import prepare, prepare_resumed
from harness.search_spec import SearchSpec

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"

# DeepHyper takes seconds to import and a small search takes less than one, so the
# ranks of one job run many.
RANKS = """
import os, sys
from pathlib import Path
from harness.launch.environment import rank_of
from harness.launch.lifeline import guarded_rank

job = Path(sys.argv[1])
with guarded_rank(job, rank_of(os.environ)):
    from harness.errors import SearchFailed
    from harness.search.execution import run_rank
    for line in (job / "searches").read_text().splitlines():
        try:
            run_rank(Path(line))
        except SearchFailed:
            pass
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

    @property
    def configurations(self) -> list[str]:
        return list(self.trials.sort_values("number")["config"])


class Searches:
    """Runs searches one after the other in the ranks of one MPI job."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, workers: int, requests: dict[str, dict[str, Any]]) -> dict[str, Search]:
        job = self.directory / f"job-{workers}-{len(list(self.directory.iterdir()))}"
        job.mkdir()
        configs = {}
        for name, settings in requests.items():
            request = {"backend": "deephyper", "workload": ANALYTIC, "workers": workers, **settings}
            resolved, _directory = prepare(RunConfig(**request), job / name)
            configs[name] = resolved.config
        self._launch(job, workers, [job / name for name in requests])
        return {name: read_search(job / name, config) for name, config in configs.items()}

    def resume(
        self, workers: int, searches: dict[str, Search], **changes: Any
    ) -> dict[str, Search]:
        """Go on with searches that were cut off, on as many workers and with other settings."""
        job = self.directory / f"job-{workers}-{len(list(self.directory.iterdir()))}"
        job.mkdir()
        for search in searches.values():
            settings = {**search.config.to_plain(), "workers": workers, **changes}
            prepare_resumed(validate_config(settings), RunDirectory(search.directory), None)
        self._launch(job, workers, [search.directory for search in searches.values()])
        return {
            name: read_search(search.directory, search.config) for name, search in searches.items()
        }

    def _launch(self, job: Path, workers: int, directories: list[Path]) -> None:
        (job / "searches").write_text("".join(f"{directory}\n" for directory in directories))
        (job / "ranks.py").write_text(RANKS)
        outcome = launch(job, workers + 1, command=(sys.executable, str(job / "ranks.py")))
        assert outcome.failure is None, outcome.log.read_text()


def read_search(directory: Path, config: RunConfig) -> Search:
    trials, epochs, spans = (
        pd.read_parquet(directory / f"{name}.parquet") for name in ("trials", "epochs", "spans")
    )
    # A missing text is None, whatever pandas calls it.
    trials = trials.astype(object).where(trials.notna(), None)
    summary = RunDirectory(directory).read_summary()
    return Search(directory, config, trials, epochs, spans, summary)


@pytest.fixture(scope="session")
def searches(tmp_path_factory):
    return Searches(tmp_path_factory.mktemp("deephyper"))


@pytest.fixture
def specify():
    """Makes a search specification, with small values for what is left out."""

    def make(**settings) -> SearchSpec:
        return SearchSpec(
            **{
                "algorithm": "cbo",
                "mode": "max",
                "trials": 12,
                "max_epochs": 9,
                "grace_epochs": 1,
                "reduction_factor": 3,
                "population": 4,
                "interval": 1,
                "quantile": 0.25,
                "resample_probability": 0.25,
                "perturbation_factors": (1.2, 0.8),
                "workers": 2,
                "ranks_per_trial": 1,
                "seed": 0,
                "time_limit": None,
                "mutable": (),
                "engine": {},
                **settings,
            }
        )

    return make
