"""A time limit ends a search within seconds: inside an epoch, a build, and what hears no signal."""

import pytest

from harness.config import RunConfig
from harness.errors import SearchFailed
from harness.load.frames import load_run
from harness.records.directory import RunDirectory
from harness.search.api import resume, run

pytestmark = pytest.mark.slow

SEQUENTIAL = "harness.testing.backends:SequentialBackend"
ENGINES = ("ray", "deephyper", "propulate")
LIMIT_S = 3.0
SECONDS = 12.0
"""How much later than the limit a search may end: the guard's patience, and a slow machine."""


def limited(out, backend, algorithm="rand", **options):
    config = RunConfig(
        backend=backend,
        algo=algorithm,
        workload="harness.testing.faults:SlowWorkload",
        workload_options=options,
        workers=1 if backend == SEQUENTIAL else 2,
        trials=3,
        epochs=3,
        device="cpu",
        threads=1,
        time_limit=LIMIT_S,
    )
    try:
        run(config, out)
    except SearchFailed as error:
        assert "within the time limit" in str(error)
    summary = RunDirectory(out).read_summary()
    assert summary["status"] == "completed"
    assert summary["runtime_s"] < LIMIT_S + SECONDS
    assert summary["unfinished_trials"] == 3
    return summary


def resumed(out, **changes):
    found = resume(out, {"time_limit": None, **changes})
    assert found.summary["unfinished_trials"] == 0
    assert set(load_run(out).trials["status"].astype(str)) == {"completed"}
    return found.summary


CASES = {
    "epoch": {"seconds": 600.0, "epoch": 2},
    "building": {"building_seconds": 600.0},
    "a call that hears nothing": {"seconds": 600.0, "epoch": 2, "deaf": True},
}


@pytest.mark.parametrize("case", ["epoch", "building"])
def test_a_limit_ends_a_search_without_an_engine(tmp_path, case):
    limited(tmp_path / "run", SEQUENTIAL, **CASES[case])


def test_data_that_load_too_long_end_a_search(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.trials.objective_spec.SHORTEST_LOADING_S", 0.0)
    summary = limited(tmp_path / "run", SEQUENTIAL, loading_seconds=600.0)
    assert summary["trials"] == 0


def test_a_trial_that_was_cut_off_within_an_epoch_goes_on_from_its_last_state(tmp_path):
    out = tmp_path / "run"
    summary = limited(out, SEQUENTIAL, seconds=2.0, epoch=2)
    assert summary["epochs"] == 2
    trials = load_run(out).trials
    assert list(trials["reason"].astype(str)) == ["time-limit"]
    assert resumed(out)["epochs"] == 9


@pytest.mark.long
@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_a_limit_ends_a_search_on_every_engine(tmp_path, backend, case):
    limited(tmp_path / "run", backend, **CASES[case])


@pytest.mark.long
@pytest.mark.parametrize("backend", ["ray", "propulate"])
def test_a_limit_ends_a_population_within_an_epoch(tmp_path, backend):
    limited(tmp_path / "run", backend, "pbt", **CASES["epoch"])


@pytest.mark.long
@pytest.mark.parametrize("backend", ENGINES)
def test_a_limit_ends_the_loading_of_data_on_every_engine(tmp_path, backend):
    limited(tmp_path / "run", backend, loading_seconds=600.0)


@pytest.mark.long
@pytest.mark.parametrize("backend", ENGINES)
def test_what_was_cut_off_within_an_epoch_goes_on_on_every_engine(tmp_path, backend):
    limited(tmp_path / "run", backend, seconds=2.0, epoch=2)
    assert resumed(tmp_path / "run")["epochs"] == 9
