"""The searches that every backend is tested by, as pytest fixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from harness.backend import Algorithm
from harness.plugins.loading import load_backend
from harness.testing.searches import (
    InterruptedSearch,
    RecordedSearch,
    interrupt_search,
    run_searches,
)

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
LOSS = "harness.testing.workloads:AnalyticLossWorkload"
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"
RANKS = "harness.testing.workloads:RanksWorkload"
FAILING = "harness.testing.faults:FailingWorkload"
NAN = "harness.testing.faults:NanWorkload"

RAISES_ABOVE_LR = 0.1
NAN_ABOVE_LR = 0.01
TIME_LIMIT_S = 6.0

FAULTY, LIMITED = "search-with-faults", "search-cut-short"
SHARED = "search-with-several-ranks"


_FINISHED: dict[type, dict[str, RecordedSearch]] = {}
_CUT_SHORT: dict[type, dict[str, InterruptedSearch]] = {}
"""What the tests of a class share."""


class ConformanceSearches:
    """Fixtures of `harness.testing.BackendConformance`; they need its fixture ``backend``."""

    workers: ClassVar[int] = 2
    settings: ClassVar[dict[str, Any]] = {}
    timeout_s: ClassVar[float] = 600.0

    @pytest.fixture
    def finished(self) -> dict[str, RecordedSearch]:
        """The searches of the kit, empty until the first test asks for one."""
        return _FINISHED.setdefault(type(self), {})

    @pytest.fixture
    def cut_short(self) -> dict[str, InterruptedSearch]:
        """The search that was interrupted, absent until the first test asks for it."""
        return _CUT_SHORT.setdefault(type(self), {})

    @pytest.fixture
    def algorithms(self, backend: str) -> dict[str, Algorithm]:
        """The algorithms that the backend declares."""
        return dict(load_backend(backend).algorithms)

    @pytest.fixture
    def by_name(
        self,
        backend: str,
        algorithms: dict[str, Algorithm],
        finished: dict[str, RecordedSearch],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> dict[str, RecordedSearch]:
        """The kit's searches: one for each algorithm, one with faults, one that is cut short."""
        if not finished:
            requests = {
                name: self.settings_of(backend, name, workload=_workload_for(algorithms[name]))
                for name in algorithms
            }
            steady = _first(algorithms, lambda algorithm: not algorithm.population)
            if steady is not None:
                halving = _first(algorithms, lambda algorithm: algorithm.halving)
                requests[FAULTY] = self.settings_of(backend, halving or steady, **_faults())
                requests[LIMITED] = self.settings_of(
                    backend,
                    steady,
                    # No trial ends by itself before time is up, which is within an epoch.
                    workload_options={"epoch_s": 4.0},
                    epochs=9,
                    seed=1,
                    time_limit=TIME_LIMIT_S,
                )
            if load_backend(backend).several_ranks:
                requests[SHARED] = self.shared_settings(backend, steady or next(iter(algorithms)))
            directory = tmp_path_factory.mktemp("conformance")
            finished.update(run_searches(directory, requests, self.timeout_s))
        return finished

    @pytest.fixture
    def searches(
        self, by_name: dict[str, RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> list[RecordedSearch]:
        """One search with every algorithm that the backend declares."""
        return [by_name[name] for name in algorithms]

    @pytest.fixture
    def faulty(self, by_name: dict[str, RecordedSearch]) -> RecordedSearch:
        """A search, with halving if the backend has it, some of whose trials fail."""
        if FAULTY not in by_name:
            pytest.skip("every algorithm of this backend is population-based")
        return by_name[FAULTY]

    @pytest.fixture
    def limited(self, by_name: dict[str, RecordedSearch]) -> RecordedSearch:
        """A search of another seed that takes longer than it may."""
        if LIMITED not in by_name:
            pytest.skip("every algorithm of this backend is population-based")
        return by_name[LIMITED]

    @pytest.fixture
    def random_search(self, by_name: dict[str, RecordedSearch]) -> RecordedSearch:
        """The search with ``rand``."""
        if "rand" not in by_name:
            pytest.skip("this backend has no 'rand'")
        return by_name["rand"]

    @pytest.fixture
    def interrupted(
        self,
        backend: str,
        algorithms: dict[str, Algorithm],
        cut_short: dict[str, InterruptedSearch],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> InterruptedSearch:
        """A search that got an interrupt after its first epoch."""
        if not cut_short:
            algorithm = "rand" if "rand" in algorithms else next(iter(algorithms))
            settings = self.settings_of(
                backend,
                algorithm,
                workload=_workload_for(algorithms[algorithm]),
                workload_options={"epoch_s": 0.2},
                trials=4,
            )
            out = tmp_path_factory.mktemp("interrupted") / "run"
            cut_short[algorithm] = interrupt_search(out, settings, self.timeout_s)
        return next(iter(cut_short.values()))

    def settings_of(self, backend: str, algorithm: str, **changes: Any) -> dict[str, Any]:
        """Return the settings of a small search, with `changes`."""
        return {
            "backend": backend,
            "algo": algorithm,
            "workload": ANALYTIC,
            "workload_options": {"epoch_s": 0.02},
            "workers": self.workers,
            "trials": 12,
            "epochs": 9,
            "reduction_factor": 3,
            "seed": 0,
            "threads": 1,
            "device": "cpu",
            **self.settings,
            **changes,
        }

    def shared_settings(self, backend: str, algorithm: str) -> dict[str, Any]:
        """Return the settings of a search whose trials are trained by all workers together."""
        shared = {"workers": 1, "ranks_per_trial": max(2, self.workers)}
        return self.settings_of(backend, algorithm, workload=RANKS, trials=2, epochs=3, **shared)


def _workload_for(algorithm: Algorithm) -> str:
    if algorithm.continuous_only:
        return CONTINUOUS
    return LOSS if algorithm.halving or algorithm.population else ANALYTIC


def _faults() -> dict[str, Any]:
    """Return a wrapped learning curve that raises an error, or loses its loss, at some rates."""
    not_a_number = {
        "workload": CONTINUOUS,
        "workload_options": {"epoch_s": 0.02},
        "above": {"lr": NAN_ABOVE_LR},
    }
    raising = {"workload": NAN, "workload_options": not_a_number, "above": {"lr": RAISES_ABOVE_LR}}
    return {"workload": FAILING, "workload_options": raising, "seed": 1, "trials": 16}


def _first(algorithms: dict[str, Algorithm], wanted: Callable[[Algorithm], bool]) -> str | None:
    return next((name for name, algorithm in algorithms.items() if wanted(algorithm)), None)
