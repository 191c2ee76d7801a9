"""One search, every engine: the same configurations, the same values, the same budget."""

import json

import pandas as pd
import pytest

from harness.config import RunConfig
from harness.plugins.loading import load_backend
from harness.search.api import run

BACKENDS = ("ray", "deephyper", "propulate")
NO_ENGINE = "harness.testing.backends:SequentialBackend"
TABLES = ("trials", "epochs")

MEASURED = (
    "run_id",
    "start_s",
    "end_s",
    "train_s",
    "data_wait_s",
    "validate_s",
    "checkpoint_save_s",
    "checkpoint_load_s",
)
"""What may differ between two engines."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """Runs a search once for each backend and setting."""
    done = {}

    def run_once(backend, **settings):
        key = (backend, *sorted(settings.items()))
        if key not in done:
            config = RunConfig(
                backend=backend,
                workload="digits",
                workload_options={"images": 80, "test_images": 50, "channels": [8, 16]},
                trials=4,
                epochs=2,
                workers=2,
                threads=1,
                **settings,
            )
            result = run(config, tmp_path_factory.mktemp("runs") / "run")
            done[key] = {
                "summary": result.summary,
                "trials": pd.read_parquet(result.directory / "trials.parquet"),
                "epochs": pd.read_parquet(result.directory / "epochs.parquet"),
            }
        return done[key]

    for name in BACKENDS:
        load_backend(name).require_engine()
    return run_once


def values(records):
    """Return the losses and values of each trial by its number."""
    numbers = records["trials"].set_index("trial_id")["number"]
    epochs = records["epochs"].assign(number=records["epochs"]["trial_id"].map(numbers))
    ordered = epochs.sort_values(["number", "epoch"])
    columns = (ordered[name] for name in ("number", "epoch", "train_loss", "value"))
    return list(zip(*columns, strict=True))


def configurations(records):
    trials = records["trials"].sort_values("number")
    return [json.loads(config) for config in trials["config"]]


@pytest.mark.long
@pytest.mark.parametrize("backend", BACKENDS)
def test_emulated_precision_gives_bitwise_equal_values_as_well(search, backend):
    settings = {"algo": "rand", "precision": "amp", "arithmetic": "emulated"}
    reference, other = search(NO_ENGINE, **settings), search(backend, **settings)
    assert other["summary"]["arithmetic"] == "emulated"
    assert values(other) == values(reference)
    assert values(other) != values(search(backend, algo="rand"))


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_rand_evaluates_the_same_configurations_to_bitwise_equal_values(search, backend):
    reference, other = search(BACKENDS[0], algo="rand"), search(backend, algo="rand")
    assert configurations(other) == configurations(reference)
    assert values(other) == values(reference)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_engine_writes_the_same_columns_and_types(search, backend):
    reference, other = search(BACKENDS[0], algo="rand"), search(backend, algo="rand")
    for table in ("trials", "epochs"):
        assert dict(other[table].dtypes) == dict(reference[table].dtypes)
    assert set(other["summary"]) == set(reference["summary"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_trials_epochs_and_workers_mean_the_same(search, backend):
    summary = search(backend, algo="rand")["summary"]
    assert (summary["trials"], summary["epochs"], summary["workers"]) == (4, 8, 2)
    assert summary["status"] == "completed"


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_ledger_sums_to_workers_times_runtime(search, backend):
    summary = search(backend, algo="rand")["summary"]
    assert sum(summary["ledger"].values()) == pytest.approx(
        summary["workers"] * summary["runtime_s"], rel=0.01
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_incumbents_test_value_is_there(search, backend):
    records = search(backend, algo="rand")
    assert records["summary"]["test_value"] is not None
    assert records["summary"]["best_value"] == max(value for *_, value in values(records))


def halving(backend, folder):
    """Run halving with one worker, whose decisions come in one order on every engine."""
    config = RunConfig(
        backend=backend,
        algo="asha",
        workload="harness.testing.workloads:AnalyticWorkload",
        trials=12,
        epochs=9,
        reduction_factor=3,
        seed=3,
        workers=1,
        threads=1,
    )
    directory = run(config, folder / backend.rpartition(":")[2]).directory
    trials, epochs = (pd.read_parquet(directory / f"{name}.parquet") for name in TABLES)
    return trials.sort_values("number"), epochs.sort_values(["trial_id", "epoch"])


@pytest.mark.long
@pytest.mark.parametrize("backend", BACKENDS)
def test_asha_fills_the_tables_alike_column_by_column(backend, tmp_path):
    reference, other = halving(NO_ENGINE, tmp_path), halving(backend, tmp_path)
    reasons = list(reference[0]["reason"].dropna())
    assert reasons and set(reasons) == {"rung"}
    assert set(reference[0]["epochs"]) == {1, 3, 9}
    for ours, theirs in zip(other, reference, strict=True):
        assert list(ours.columns) == list(theirs.columns)
        for column in ours.columns.difference(MEASURED):
            assert list(ours[column].dropna()) == list(theirs[column].dropna()), column
            assert list(ours[column].isna()) == list(theirs[column].isna()), column


@pytest.mark.long
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("algo", ["asha", "rand"])
def test_two_ranks_train_one_trial(backend, algo, tmp_path):
    config = RunConfig(
        backend=backend,
        algo=algo,
        workload_options={"images": 80, "test_images": 50, "channels": [8, 16]},
        trials=2,
        epochs=2,
        workers=1,
        threads=1,
        ranks_per_trial=2,
    )
    summary = run(config, tmp_path / "run").summary
    assert (summary["trials"], summary["failed_trials"]) == (2, 0)
    assert summary["ranks_per_trial"] == 2
