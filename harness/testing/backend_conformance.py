"""The contract of a backend, as tests that every backend passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.backend import Algorithm, Backend
from harness.config import RunConfig
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware
from harness.plugins.loading import load_backend
from harness.search.api import run
from harness.search.resolve import resolve
from harness.space import sample_configurations
from harness.testing import record_checks
from harness.testing.conformance_searches import (
    NAN_ABOVE_LR,
    RAISES_ABOVE_LR,
    SHARED,
    TIME_LIMIT_S,
    ConformanceSearches,
)
from harness.testing.searches import (
    HARNESS,
    InterruptedSearch,
    RecordedSearch,
    read_search,
)


class BackendConformance(ConformanceSearches):
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
            "import sys; from harness.plugins.loading import load_backend\n"
            f"found = load_backend({backend!r}); found.require_engine()\n"
            "print([m for m in found.modules if m in sys.modules and m != 'harness'])"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
            errors="replace",
        )
        assert answer.stdout.strip() == "[]"

    def test_it_refuses_what_it_does_not_know(self, backend: str) -> None:
        """An unknown algorithm and an unknown engine option are refused before the search."""
        first = next(iter(load_backend(backend).algorithms))
        for wrong in ({"algo": "no-such-algorithm"}, {"engine": {"no_such_option": 1}}):
            config = RunConfig.model_validate(self.settings_of(backend, first) | wrong)
            with pytest.raises(RequestError, match=r"no.such"):
                resolve(config, detect_hardware(), {})

    def test_ranks_train_a_trial_together_or_are_refused(
        self, backend: str, by_name: dict[str, RecordedSearch]
    ) -> None:
        """They never train the same trial each for itself."""
        settings = self.shared_settings(backend, next(iter(load_backend(backend).algorithms)))
        if load_backend(backend).several_ranks:
            assert set(by_name[SHARED].epochs["value"]) == {float(settings["ranks_per_trial"])}
            return
        with pytest.raises(RequestError, match="several_ranks"):
            resolve(RunConfig.model_validate(settings), detect_hardware(), {})

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

    def test_every_trial_says_where_its_configuration_comes_from(
        self, searches: list[RecordedSearch], algorithms: dict[str, Algorithm]
    ) -> None:
        """In one of the words of ``docs/records.md``; ``rand`` says ``random``."""
        for search in searches:
            record_checks.check_origins(search, algorithms[search.config.algo].population)
            record_checks.check_judgements(search)

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
        run(RunConfig.model_validate(reference), tmp_path / "reference")
        expected = read_search(tmp_path / "reference")
        assert random_search.curves() == expected.curves()

    def test_when_time_is_up_trials_are_stopped(self, limited: RecordedSearch) -> None:
        """It ends them within an epoch, and no other trial begins."""
        record_checks.check_statuses(limited)
        record_checks.check_epochs(limited)
        cut = limited.trials[limited.trials["status"] == "stopped"]
        assert set(cut["reason"]) == {"time-limit"}
        assert limited.summary["runtime_s"] < TIME_LIMIT_S + 3.0

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
        self, interrupted: InterruptedSearch
    ) -> None:
        """The command exits with 130, the records are whole, no process is left."""
        assert interrupted.exit_code == 130, interrupted.stderr
        assert interrupted.stdout == ""
        assert "Traceback" not in interrupted.stderr, interrupted.stderr
        assert interrupted.left == ()
        found = interrupted.records
        assert found.summary["status"] == "interrupted"
        assert len(found.epochs) >= 1
        record_checks.check_tables(found)
        record_checks.check_epochs(found)

    def test_an_interrupted_search_is_resumed(
        self, interrupted: InterruptedSearch, algorithms: dict[str, Algorithm]
    ) -> None:
        """Every trial of the search ends, each of its epochs is there once."""
        before = interrupted.records
        outcome = subprocess.run(
            [*HARNESS, "resume", str(before.directory)],
            capture_output=True,
            text=True,
            timeout=self.timeout_s,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        assert outcome.returncode == 0, outcome.stderr
        found = read_search(before.directory)
        assert found.summary["status"] == "completed"
        record_checks.check_numbers(found, algorithms[found.config.algo].population)
        record_checks.check_epochs(found)
        record_checks.check_statuses(found)
        begun = before.configurations()
        after = found.configurations()
        assert begun == {number: after[number] for number in begun}


def _drawn(search: RecordedSearch, seed: int) -> dict[int, dict[str, Any]]:
    space, trials = search.workload.space(), search.config.trials
    return dict(enumerate(sample_configurations(space, trials, seed)))
