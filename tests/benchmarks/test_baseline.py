"""The hand-written searches train what the harness trains, or comparing them says nothing."""

import pandas as pd
import pytest

from benchmarks.baseline.result import read_epochs, read_result
from benchmarks.harness_run import timed_command
from benchmarks.rows.baseline_ratio import COMPARISONS, baseline_command, search_request

pytestmark = pytest.mark.slow


def run_by_hand(comparison, conditions):
    request = search_request(conditions, comparison)
    out = conditions.scratch / comparison.script
    timed_command(*baseline_command(comparison, request, out))
    assert read_result(out).search_s > 0
    return pd.DataFrame(read_epochs(out)).astype(float).sort_values(["trial", "epoch"])


@pytest.mark.long
def test_random_searches_train_exactly_the_epochs_of_the_harness(real_conditions, searched):
    epochs = pd.read_parquet(searched.directory / "epochs.parquet")
    expected = epochs.sort_values(["trial_id", "epoch"])
    for comparison in COMPARISONS:
        if comparison.algo == "rand":
            by_hand = run_by_hand(comparison, real_conditions)
            assert list(by_hand["epoch"]) == list(expected["epoch"]), comparison.script
            assert list(by_hand["train_loss"]) == list(expected["train_loss"]), comparison.script
            assert list(by_hand["value"]) == list(expected["value"]), comparison.script


@pytest.mark.long
def test_the_population_trains_every_member_to_its_last_epoch(real_conditions):
    comparison = next(c for c in COMPARISONS if c.algo == "pbt")
    request = search_request(real_conditions, comparison)
    last = run_by_hand(comparison, real_conditions).groupby("trial")["epoch"].max()
    assert list(last) == [request.epochs] * request.trials
