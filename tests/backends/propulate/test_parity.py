"""The same configurations give the same values as without an engine."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

SUGGESTING = ("ga", "pso", "cmaes", "nelder-mead", "pbt")


def curves(trials, epochs):
    numbers = dict(zip(trials["trial_id"], trials["number"], strict=True))
    return {(numbers[row.trial_id], row.epoch): row.value for row in epochs.itertuples()}


@pytest.mark.long
def test_random_search_gives_bitwise_the_values_of_a_search_without_an_engine(
    searches, sequential_run
):
    import pandas as pd

    settings = {"trials": 6, "epochs": 5, "seed": 3, "threads": 1}
    alone = sequential_run(**settings).directory
    search = searches.run(2, {"parity": {"algo": "rand", **settings}})["parity"]
    tables = [pd.read_parquet(alone / f"{name}.parquet") for name in ("trials", "epochs")]
    assert curves(search.trials, search.epochs) == curves(*tables)


@pytest.fixture(scope="module")
def twice(searches):
    return searches.run(
        1,
        {
            f"{algorithm} {turn}": {
                "algo": algorithm,
                "workload": "harness.testing.workloads:ContinuousWorkload",
                "trials": 12,
                "epochs": 4,
            }
            for algorithm in SUGGESTING
            for turn in (1, 2)
        },
    )


@pytest.mark.long
@pytest.mark.parametrize("algorithm", SUGGESTING)
def test_on_one_rank_the_seed_determines_a_search(twice, algorithm):
    first, second = (
        twice[f"{algorithm} {turn}"].epochs.sort_values("end_s")[["trial_id", "epoch", "value"]]
        for turn in (1, 2)
    )
    assert first.values.tolist() == second.values.tolist()
