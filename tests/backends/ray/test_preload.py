"""Data are loaded before the clock starts, by the process that trains."""

import dataclasses

import pytest

from backends.ray import preload
from harness.config import RunConfig
from harness.errors import DataError
from harness.search.prepare import prepare, search_context
from harness.testing.workloads import AnalyticWorkload


@pytest.fixture
def objective(tmp_path):
    config = RunConfig(
        backend="ray",
        algo="rand",
        workload="harness.testing.workloads:AnalyticWorkload",
        workers=1,
        trials=1,
        epochs=1,
        device="cpu",
    )
    return search_context(*prepare(config, tmp_path / "run")).objective


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(preload, "_loaded", None)


def test_what_was_loaded_is_taken_once(objective):
    preload.load_data(objective)
    taken = preload.take_loaded(dataclasses.replace(objective, time_limit=5.0))
    assert taken is not None and isinstance(taken.workload, AnalyticWorkload)
    assert preload.take_loaded(objective) is None


def test_another_objective_is_not_taken(objective):
    preload.load_data(objective)
    assert preload.take_loaded(dataclasses.replace(objective, split_seed=7)) is None


def test_an_error_is_told_when_the_data_are_asked_for(objective, monkeypatch):
    def fail(workload, root, split_seed, device):
        raise DataError("the file is empty")

    monkeypatch.setattr(AnalyticWorkload, "load_data", fail)
    preload.load_data(objective)
    with pytest.raises(DataError, match="the file is empty"):
        preload.take_loaded(objective)
