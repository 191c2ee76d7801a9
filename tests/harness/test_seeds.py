"""One seed sets all that a search draws, and each draw can have its own."""

import pandas as pd
import pytest

from harness.config import RunConfig


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Runs small real searches, and returns their configurations and values."""
    from harness import run

    def search(**seeds):
        out = tmp_path_factory.mktemp("seeds") / "run"
        settings = {
            "backend": "harness.testing.backends:SequentialBackend",
            "workload": "digits",
            "workers": 1,
            "trials": 2,
            "epochs": 1,
            "threads": 1,
            "workload_options": {"channels": [4, 8]},
        }
        result = run(RunConfig(**settings, **seeds), out=out)
        epochs = pd.read_parquet(out / "epochs.parquet")
        trials = pd.read_parquet(out / "trials.parquet")
        return result.summary, list(trials["config"]), list(epochs["value"])

    return search


def test_a_seed_stands_for_all_that_are_not_given():
    config = RunConfig(seed=3, split_seed=0)
    assert [config.seed_for(what) for what in ("search", "split", "training")] == [3, 0, 3]


@pytest.mark.slow
def test_seeds_set_configurations_split_and_training_apart(searched):
    _, configs, values = searched(seed=1)
    same = searched(seed=9, search_seed=1, split_seed=1, training_seed=1)
    assert same[1:] == (configs, values)
    assert {name: same[0][name] for name in ("seed", "search_seed", "split_seed")} == {
        "seed": 9,
        "search_seed": 1,
        "split_seed": 1,
    }
    for name in ("split_seed", "training_seed"):
        _, kept, changed = searched(seed=1, **{name: 2})
        assert kept == configs and changed != values, name
    assert searched(seed=1, search_seed=2)[1] != configs
