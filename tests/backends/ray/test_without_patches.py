"""Searches by Tune as it is: `engine.patches=false`."""

import os

import pandas as pd
import pytest

from backends.ray.backend import RayBackend
from harness.backend import SingleProcess
from tests.backends.ray.conftest import finished, resolve_search

pytestmark = pytest.mark.slow

AS_IT_IS = {"engine": {"patches": False}}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    resolved = resolve_search(tmp_path_factory.mktemp("cluster") / "run", "rand", **AS_IT_IS)
    with RayBackend().engine_started(resolved.context):
        yield


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ["asha", "bohb", "pbt"])
def test_a_search_ends_well(cluster, tmp_path, algorithm):
    resolved = resolve_search(tmp_path / "run", algorithm, trials=4, **AS_IT_IS)
    RayBackend().search(resolved.context, SingleProcess())
    result = finished(resolved)
    assert set(result.trials["number"]) == set(range(4))
    assert set(result.trials["status"]) <= {"completed", "stopped"}
    for trial in result.trials.itertuples():
        first = 1 if pd.isna(trial.parent_epoch) else int(trial.parent_epoch) + 1
        assert result.epochs_of(trial.trial_id) == list(range(first, first + trial.epochs))
    if algorithm == "pbt":
        assert "exploited" in set(result.trials["reason"])
    patches = resolved.directory.read_environment()["engine_patches"]
    assert "checkpoints-in-place" not in patches
    assert "exploits-open-trials" in patches


def niceness():
    return os.nice(0)


@pytest.mark.long
def test_training_has_a_low_priority(cluster):
    import ray

    assert ray.get(ray.remote(niceness).remote()) == min(19, os.nice(0) + 15)
