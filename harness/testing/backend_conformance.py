"""The contract of a backend, as tests that every backend passes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from harness.backend import Algorithm, Backend
from harness.config import RunConfig
from harness.errors import RequestError
from harness.hardware import detect_hardware
from harness.plugins import load_backend
from harness.resolve import resolve
from harness.space import sample_configurations
from harness.testing import record_checks
from harness.testing.searches import RecordedSearch, read_search, run_command, run_search

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
LOSS = "harness.testing.workloads:AnalyticLossWorkload"
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"
FAILING = "harness.testing.faults:FailingWorkload"
NAN = "harness.testing.faults:NanWorkload"

RAISES_ABOVE_LR = 0.1
NAN_ABOVE_LR = 0.01

Search = Callable[..., RecordedSearch]
"""Runs a search of the backend with the given settings, or returns it if it has been run."""


class BackendConformance:
    """Subclass this with a fixture ``backend``, the backend's name or import path.

    ::

        class TestMyBackend(BackendConformance):
            @pytest.fixture
            def backend(self):
                return "mine"

    The searches are small, on a learning curve in closed form, and run through the
    console command. Every algorithm is searched with once, and all tests look at
    what that search recorded.

    Attributes
    ----------
    workers
        Concurrent trials; 1 for a backend that has no more.
    settings
        Further settings of every search, such as engine options.
    timeout_s
        How long one search may take, in seconds.
    """

    workers: ClassVar[int] = 2
    settings: ClassVar[dict[str, Any]] = {}
    timeout_s: ClassVar[float] = 180.0

    @pytest.fixture(scope="class")
    def finished_searches(self) -> dict[str, RecordedSearch]:
        """The searches that have been run, by their settings."""
        return {}

    @pytest.fixture
    def search(
        self,
        backend: str,
        finished_searches: dict[str, RecordedSearch],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Search:
        """Run a search, or return it if it has been run."""

        def run(algorithm: str, **changes: Any) -> RecordedSearch:
            settings = self._settings(backend, algorithm, **changes)
            key = json.dumps(settings, sort_keys=True)
            if key not in finished_searches:
                out = tmp_path_factory.mktemp("conformance") / "run"
                outcome = run_search(out, settings, self.timeout_s)
                assert outcome.returncode == 0, f"{algorithm}: {outcome.stderr}"
                found = read_search(out)
                assert json.loads(outcome.stdout) == found.summary, "stdout is not the summary"
                finished_searches[key] = found
            return finished_searches[key]

        return run

    @pytest.fixture
    def algorithms(self, backend: str) -> dict[str, Algorithm]:
        """The algorithms that the backend declares."""
        return dict(load_backend(backend).algorithms)

    @pytest.fixture
    def searches(self, search: Search, algorithms: dict[str, Algorithm]) -> list[RecordedSearch]:
        """One search with every algorithm that the backend declares."""
        return [search(name, workload=_workload_for(algorithms[name])) for name in algorithms]

    @pytest.fixture
    def faulty_search(self, search: Search, algorithms: dict[str, Algorithm]) -> RecordedSearch:
        """A search, with halving if the backend has it, some of whose trials fail."""
        steady = [name for name in algorithms if not algorithms[name].population]
        chosen = [name for name in steady if algorithms[name].halving] or steady
        if not chosen:
            pytest.skip("every algorithm of this backend is population-based")
        wrapped = {
            "workload": CONTINUOUS if algorithms[chosen[0]].continuous_only else ANALYTIC,
            "workload_options": {"epoch_s": 0.02},
        }
        raises = {
            "above": {"lr": RAISES_ABOVE_LR},
            "workload": NAN,
            "workload_options": {"above": {"lr": NAN_ABOVE_LR}, **wrapped},
        }
        return search(chosen[0], workload=FAILING, workload_options=raises, seed=1)

    def test_it_says_what_it_is(self, backend: str) -> None:
        """Name, engine and algorithms are there, and a name is the one it is registered by."""
        found = load_backend(backend)
        assert isinstance(found, Backend)
        assert found.name and found.engine
        assert ":" in backend or found.name == backend
        assert all(algorithm.summary for algorithm in found.algorithms.values())
        found.require_engine()

    def test_looking_at_it_imports_no_engine(self, backend: str) -> None:
        """Users who list the backends do not wait for its engine."""
        code = (
            "import sys; from harness.plugins import load_backend\n"
            f"found = load_backend({backend!r}); found.require_engine()\n"
            "print([m for m in found.modules if m in sys.modules and m != 'harness'])"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert answer.stdout.strip() == "[]"

    def test_it_refuses_what_it_does_not_know(self, backend: str) -> None:
        """An unknown algorithm and an unknown engine option are refused before the search."""
        first = next(iter(load_backend(backend).algorithms))
        for wrong in ({"algo": "no-such-algorithm"}, {"engine": {"no_such_option": 1}}):
            config = RunConfig.model_validate(self._settings(backend, first) | wrong)
            with pytest.raises(RequestError, match=r"no.such"):
                resolve(config, detect_hardware(), {})

    def test_every_algorithm_leaves_the_tables(self, searches: list[RecordedSearch]) -> None:
        """Every declared algorithm runs, and its records have the contract's columns."""
        for search in searches:
            record_checks.check_tables(search)

    def test_there_are_exactly_as_many_trials_as_asked_for(
        self, searches: list[RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> None:
        """Neither more nor fewer, on any number of workers."""
        for search in searches:
            record_checks.check_numbers(search, algorithms[search.config.algo].population)

    def test_epochs_are_consecutive_and_once_each(self, searches: list[RecordedSearch]) -> None:
        """A completed trial ends with the last epoch."""
        for search in searches:
            record_checks.check_epochs(search)

    def test_every_trial_ends_and_says_why(self, searches: list[RecordedSearch]) -> None:
        """Nothing is left running, paused or lost."""
        for search in searches:
            record_checks.check_statuses(search)

    def test_the_ledger_explains_every_second(self, searches: list[RecordedSearch]) -> None:
        """It sums to workers × runtime within 1 %."""
        for search in searches:
            record_checks.check_ledger(search)

    def test_as_many_trials_train_at_a_time_as_there_are_workers(
        self, searches: list[RecordedSearch]
    ) -> None:
        """All workers are used, and no slot trains two trials at once."""
        for search in searches:
            record_checks.check_slots(search)

    def test_configurations_are_in_the_space(self, searches: list[RecordedSearch]) -> None:
        """Whatever the engine calls it, a configuration comes back as the space has it."""
        for search in searches:
            record_checks.check_configurations(search)

    def test_the_best_trial_is_the_best(self, searches: list[RecordedSearch]) -> None:
        """Its state exists when the search ends, and is tested."""
        for search in searches:
            record_checks.check_incumbent(search)

    def test_halving_stops_the_worse_trials_at_rungs(
        self, searches: list[RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> None:
        """The metric is one to minimise."""
        for search in searches:
            if algorithms[search.config.algo].halving:
                record_checks.check_rungs(search)

    def test_halving_stops_the_worse_trials_of_a_metric_to_maximise(
        self, faulty_search: RecordedSearch, algorithms: dict[str, Algorithm]
    ) -> None:
        """Trials that fail count for nothing."""
        if not algorithms[faulty_search.config.algo].halving:
            pytest.skip("this backend has no algorithm with halving")
        record_checks.check_rungs(faulty_search)

    def test_members_are_replaced_by_better_ones(
        self, searches: list[RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> None:
        """The metric is one to minimise."""
        for search in searches:
            if algorithms[search.config.algo].population:
                record_checks.check_exploits(search)

    def test_random_search_evaluates_the_configurations_of_the_seed(self, search: Search) -> None:
        """The seed alone decides: another one gives others."""
        found = search("rand", workload=ANALYTIC)
        space = found.workload.space()
        expected, other = (
            dict(enumerate(sample_configurations(space, found.config.trials or 0, seed)))
            for seed in (0, 1)
        )
        assert found.configurations() == expected
        assert expected != other

    def test_random_search_gives_the_values_of_every_other_engine(
        self, search: Search, tmp_path: Path
    ) -> None:
        """Trial for trial, epoch for epoch, bit for bit."""
        found = search("rand", workload=ANALYTIC)
        reference = {
            **found.config.to_plain(),
            "backend": "harness.testing.backends:SequentialBackend",
            "workers": 1,
            "engine": {},
        }
        outcome = run_search(tmp_path / "run", reference, self.timeout_s)
        assert outcome.returncode == 0, outcome.stderr
        assert found.curves() == read_search(tmp_path / "run").curves()

    def test_another_seed_and_a_time_limit(self, search: Search) -> None:
        """When time is up trials are stopped; those begun are the other seed's."""
        found = search(
            "rand", workload=ANALYTIC, workload_options={"epoch_s": 0.6}, seed=1, time_limit=6
        )
        record_checks.check_statuses(found)
        record_checks.check_epochs(found)
        cut = found.trials[found.trials["status"] == "stopped"]
        assert set(cut["reason"]) == {"time-limit"}
        assert found.summary["runtime_s"] < 6 + 5 * 0.6
        begun = found.configurations()
        drawn = sample_configurations(found.workload.space(), found.config.trials or 0, 1)
        assert begun == {number: drawn[number] for number in begun}

    def test_a_trial_that_fails_is_recorded_and_the_search_goes_on(
        self, faulty_search: RecordedSearch
    ) -> None:
        """An error and a loss that is not a number end their own trial only."""
        record_checks.check_numbers(faulty_search, population=False)
        record_checks.check_epochs(faulty_search)
        rates = {number: c["lr"] for number, c in faulty_search.configurations().items()}
        failing = {
            number: "exception" if rate > RAISES_ABOVE_LR else "nan"
            for number, rate in rates.items()
            if rate > NAN_ABOVE_LR
        }
        assert 0 < len(failing) < len(rates)
        record_checks.check_failures(faulty_search, failing)
        record_checks.check_ledger(faulty_search)

    def test_an_interrupt_ends_the_search_and_leaves_its_records(
        self, backend: str, algorithms: dict[str, Algorithm], tmp_path: Path
    ) -> None:
        """The command exits with 130, the records are whole, no process is left."""
        algorithm = "rand" if "rand" in algorithms else next(iter(algorithms))
        settings = self._settings(
            backend,
            algorithm,
            workload=_workload_for(algorithms[algorithm]),
            workload_options={"epoch_s": 0.4},
        )
        out = tmp_path / "run"
        with subprocess.Popen(
            run_command(out, settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as command:
            _wait_for_an_epoch(out, command, self.timeout_s)
            started = psutil.Process(command.pid).children(recursive=True)
            os.kill(command.pid, signal.SIGINT)
            stdout, stderr = command.communicate(timeout=60)
        assert command.returncode == 130, stderr
        assert stdout == ""
        assert "Traceback" not in stderr, stderr
        assert psutil.wait_procs(started, timeout=10)[1] == []
        found = read_search(out)
        assert found.summary["status"] == "interrupted"
        assert len(found.epochs) >= 1
        record_checks.check_tables(found)
        record_checks.check_epochs(found)

    def _settings(self, backend: str, algorithm: str, **changes: Any) -> dict[str, Any]:
        return {
            "backend": backend,
            "algo": algorithm,
            "workload": ANALYTIC,
            "workload_options": {"epoch_s": 0.02},
            "workers": self.workers,
            "trials": 8,
            "epochs": 9,
            "reduction_factor": 3,
            "seed": 0,
            "threads": 1,
            "device": "cpu",
            **self.settings,
            **changes,
        }


def _workload_for(algorithm: Algorithm) -> str:
    if algorithm.continuous_only:
        return CONTINUOUS
    return LOSS if algorithm.halving or algorithm.population else ANALYTIC


def _wait_for_an_epoch(out: Path, command: subprocess.Popen[str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while command.poll() is None and time.monotonic() < deadline:
        if any('"event":"epoch"' in file.read_text() for file in (out / "events").glob("*.jsonl")):
            return
        time.sleep(0.1)
