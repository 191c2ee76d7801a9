"""The contract of a backend, as tests that every backend passes."""

from __future__ import annotations

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
from harness.testing.searches import RecordedSearch, read_search, run_command, run_searches

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
LOSS = "harness.testing.workloads:AnalyticLossWorkload"
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"
FAILING = "harness.testing.faults:FailingWorkload"
NAN = "harness.testing.faults:NanWorkload"

RAISES_ABOVE_LR = 0.1
NAN_ABOVE_LR = 0.01

FAULTY, LIMITED = "search-with-faults", "search-cut-short"


class BackendConformance:
    """Subclass this with a fixture ``backend``, the backend's name or import path.

    ::

        class TestMyBackend(BackendConformance):
            @pytest.fixture
            def backend(self):
                return "mine"

    The searches are small, on a learning curve in closed form. Every algorithm is
    searched with once, and all tests look at what these searches recorded.

    Attributes
    ----------
    workers
        Concurrent trials; 1 for a backend that has no more.
    settings
        Further settings of every search, such as engine options.
    timeout_s
        How long the searches may take together, in seconds.
    """

    workers: ClassVar[int] = 2
    settings: ClassVar[dict[str, Any]] = {}
    timeout_s: ClassVar[float] = 300.0

    @pytest.fixture(scope="class")
    def finished(self) -> dict[str, RecordedSearch]:
        """The searches of the kit, empty until the first test asks for one."""
        return {}

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
                name: self._settings(backend, name, workload=_workload_for(algorithms[name]))
                for name in algorithms
            }
            steady = _first(algorithms, lambda algorithm: not algorithm.population)
            if steady is not None:
                halving = _first(algorithms, lambda algorithm: algorithm.halving)
                requests[FAULTY] = self._settings(backend, halving or steady, **_faults())
                requests[LIMITED] = self._settings(
                    backend, steady, workload_options={"epoch_s": 0.6}, seed=1, time_limit=6
                )
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
        self, faulty: RecordedSearch, algorithms: dict[str, Algorithm]
    ) -> None:
        """Trials that fail count for nothing."""
        if not algorithms[faulty.config.algo].halving:
            pytest.skip("this backend has no algorithm with halving")
        record_checks.check_rungs(faulty)

    def test_members_are_replaced_by_better_ones(
        self, searches: list[RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> None:
        """The metric is one to minimise."""
        for search in searches:
            if algorithms[search.config.algo].population:
                record_checks.check_exploits(search)

    def test_random_search_evaluates_the_configurations_of_the_seed(
        self, random_search: RecordedSearch
    ) -> None:
        """The seed alone decides: another one gives others."""
        expected, other = (_drawn(random_search, seed) for seed in (0, 1))
        assert random_search.configurations() == expected
        assert expected != other

    def test_random_search_gives_the_values_of_every_other_engine(
        self, random_search: RecordedSearch, tmp_path: Path
    ) -> None:
        """Trial for trial, epoch for epoch, bit for bit."""
        reference = {
            **random_search.config.to_plain(),
            "backend": "harness.testing.backends:SequentialBackend",
            "workers": 1,
            "engine": {},
        }
        expected = run_searches(tmp_path, {"reference": reference}, self.timeout_s)["reference"]
        assert random_search.curves() == expected.curves()

    def test_when_time_is_up_trials_are_stopped(self, limited: RecordedSearch) -> None:
        """No other trial begins."""
        record_checks.check_statuses(limited)
        record_checks.check_epochs(limited)
        cut = limited.trials[limited.trials["status"] == "stopped"]
        assert set(cut["reason"]) == {"time-limit"}
        assert limited.summary["runtime_s"] < 6 + 5 * 0.6

    def test_another_seed_evaluates_other_configurations(self, limited: RecordedSearch) -> None:
        """Those that its own seed determines."""
        begun, drawn = limited.configurations(), _drawn(limited, seed=1)
        assert begun == {number: drawn[number] for number in begun}
        assert begun[0] != _drawn(limited, seed=0)[0]

    def test_a_trial_that_fails_is_recorded_and_the_search_goes_on(
        self, faulty: RecordedSearch
    ) -> None:
        """An error and a loss that is not a number end their own trial only."""
        record_checks.check_numbers(faulty, population=False)
        record_checks.check_epochs(faulty)
        rates = {number: c["lr"] for number, c in faulty.configurations().items()}
        failing = {
            number: "exception" if rate > RAISES_ABOVE_LR else "nan"
            for number, rate in rates.items()
            if rate > NAN_ABOVE_LR
        }
        assert 0 < len(failing) < len(rates)
        record_checks.check_failures(faulty, failing)
        record_checks.check_ledger(faulty)

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


def _faults() -> dict[str, Any]:
    """Return a wrapped learning curve that raises an error, or loses its loss, at some rates."""
    not_a_number = {
        "workload": CONTINUOUS,
        "workload_options": {"epoch_s": 0.02},
        "above": {"lr": NAN_ABOVE_LR},
    }
    raising = {"workload": NAN, "workload_options": not_a_number, "above": {"lr": RAISES_ABOVE_LR}}
    return {"workload": FAILING, "workload_options": raising, "seed": 1}


def _drawn(search: RecordedSearch, seed: int) -> dict[int, dict[str, Any]]:
    trials = search.config.trials or 0
    return dict(enumerate(sample_configurations(search.workload.space(), trials, seed)))


def _first(algorithms: dict[str, Algorithm], wanted: Callable[[Algorithm], bool]) -> str | None:
    return next((name for name, algorithm in algorithms.items() if wanted(algorithm)), None)


def _wait_for_an_epoch(out: Path, command: subprocess.Popen[str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while command.poll() is None and time.monotonic() < deadline:
        if any('"event":"epoch"' in file.read_text() for file in (out / "events").glob("*.jsonl")):
            return
        time.sleep(0.1)
