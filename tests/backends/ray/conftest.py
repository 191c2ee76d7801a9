"""One Ray cluster for all searches of a test module."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.ray.backend import RayBackend
from harness.backend import SearchContext, SingleProcess
from harness.config import RunConfig
from harness.load.run_records import fold_run
from harness.records.directory import RunDirectory
from harness.records.fold import RunTables
from harness.search.prepare import prepare, search_context
from harness.search.resolve import ResolvedRun
from harness.search_spec import SearchSpec

WORKLOADS = "harness.testing.workloads"


@dataclass(frozen=True)
class ResolvedSearch:
    """A search that has not begun."""

    context: SearchContext
    run: ResolvedRun
    directory: RunDirectory


@dataclass(frozen=True)
class FinishedSearch:
    """A search that is over, and what it left."""

    resolved: ResolvedSearch
    tables: RunTables

    @property
    def trials(self):
        return self.tables.trials.set_index("trial_id", drop=False).sort_index()

    @property
    def epochs(self):
        return self.tables.epochs

    @property
    def path(self) -> Path:
        return self.resolved.directory.path

    @property
    def processes(self) -> int:
        """How many processes trained."""
        return len(list(self.resolved.directory.events.glob("[0-9]*.jsonl")))

    def epochs_of(self, trial_id):
        mine = self.epochs[self.epochs["trial_id"] == trial_id]
        return list(mine.sort_values("epoch")["epoch"])


def resolve_search(
    out: Path, algorithm: str, workload="AnalyticWorkload", **settings
) -> ResolvedSearch:
    """Resolve a small search on Ray."""
    config = RunConfig(
        **{
            "backend": "ray",
            "algo": algorithm,
            "workload": workload if ":" in workload else f"{WORKLOADS}:{workload}",
            "workers": 2,
            "trials": 8,
            "epochs": 9,
            "reduction_factor": 3,
            "device": "cpu",
            "threads": 1,
            **settings,
        }
    )
    run, directory = prepare(config, out)
    return ResolvedSearch(search_context(run, directory), run, directory)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A running Ray with two logical CPUs."""
    resolved = resolve_search(tmp_path_factory.mktemp("cluster") / "run", "rand")
    with RayBackend().engine_started(resolved.context):
        yield


@pytest.fixture(scope="module")
def searches(cluster, tmp_path_factory):
    """Runs searches on the cluster; a second test that asks for the same gets the first's."""
    done: dict[str, FinishedSearch] = {}

    def run(algorithm: str, **settings) -> FinishedSearch:
        asked = {"trials": 8, "checkpoint_interval": 1, **settings}
        key = repr((algorithm, sorted(asked.items())))
        if key not in done:
            resolved = resolve_search(tmp_path_factory.mktemp("search"), algorithm, **settings)
            RayBackend().search(resolved.context, SingleProcess())
            done[key] = finished(resolved)
        return done[key]

    return run


@pytest.fixture
def search(cluster, tmp_path):
    """Runs a search of one test on the cluster."""

    def run(algorithm: str, name="run", change=None, **settings) -> FinishedSearch:
        resolved = resolve_search(tmp_path / name, algorithm, **settings)
        context = resolved.context
        if change is not None:
            context = dataclasses.replace(context, objective=change(context.objective))
        RayBackend().search(context, SingleProcess())
        return finished(resolved)

    return run


def finished(resolved: ResolvedSearch) -> FinishedSearch:
    """Fold what a search recorded."""
    metric = resolved.run.workload.metric
    tables = fold_run(resolved.run.config, resolved.directory, metric, closed=True)
    return FinishedSearch(resolved, tables)


@pytest.fixture
def spec():
    """Builds the description of a search."""

    def build(**changes) -> SearchSpec:
        return SearchSpec(
            **{
                "algorithm": "bohb",
                "mode": "max",
                "trials": 8,
                "max_epochs": 9,
                "grace_epochs": 1,
                "reduction_factor": 3,
                "population": 8,
                "interval": 1,
                "quantile": 0.25,
                "resample_probability": 0.25,
                "perturbation_factors": (1.2, 0.8),
                "workers": 2,
                "ranks_per_trial": 1,
                "seed": 0,
                "time_limit": None,
                "mutable": ("lr",),
                "engine": {},
                **changes,
            }
        )

    return build
