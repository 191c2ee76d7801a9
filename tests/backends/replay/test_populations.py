"""Populations in virtual time: exploits move the state of a training in closed form."""

import json

import pytest

from harness.config import RunConfig
from harness.errors import RequestError
from harness.plugins.loading import load_workload
from harness.replay.closed_form import ClosedForm, ClosedFormTimes
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay
from harness.testing.tables import WORKLOAD, synthetic_table
from harness.testing.workloads import AnalyticOptions, AnalyticTraining
from harness.trials.objective import trial_seed

RAY_PBT = pytest.param("ray", "pbt", marks=pytest.mark.slow)
POPULATIONS = [
    RAY_PBT,
    pytest.param("ray", "pb2", marks=pytest.mark.slow),
    ("propulate", "pbt"),
]


def run(path, backend, algo, trials=8, workers=4, interval=2, costs=None, epochs=8, **times):
    form = ClosedForm(WORKLOAD, load_workload(WORKLOAD, {}), epochs, ClosedFormTimes(**times))
    config = RunConfig(
        backend=backend, algo=algo, workers=workers, trials=trials, checkpoint_interval=interval
    )
    resolved = resolve_replay(config, form, costs or ReplayCosts())
    return replay(resolved, Origins(form).of(resolved), path)


def read(path):
    """Return the trials that began, and the values of each by epoch."""
    trials, values = {}, {}
    for line in (path / "events" / "virtual.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "trial_start":
            trials[event["trial_id"]] = event
        elif event["event"] == "epoch":
            values.setdefault(event["trial_id"], {})[event["epoch"]] = event["value"]
    return trials, values


@pytest.mark.parametrize(("backend", "algo"), POPULATIONS)
def test_an_exploit_goes_on_from_the_state_of_its_donor(backend, algo, tmp_path):
    summary = run(tmp_path / "run", backend, algo, spread=0.3)
    assert summary["virtual"] is True and summary["replay"]["values"] == "in closed form"
    trials, values = read(tmp_path / "run")
    children = [t for t in trials.values() if t.get("parent_trial_id")]
    assert children

    def founder(trial):
        while trial.get("parent_trial_id"):
            trial = trials[trial["parent_trial_id"]]
        return trial

    for child in children:
        first, parent_epoch = min(values[child["trial_id"]]), child["parent_epoch"]
        assert first == parent_epoch + 1
        own = AnalyticTraining(
            child["config"], AnalyticOptions(), trial_seed(0, founder(child)["number"])
        )
        inherited = values[child["parent_trial_id"]][parent_epoch]
        own.load_state_dict({**own.state_dict(), "level": inherited, "epoch": parent_epoch})
        own.train_epoch()
        assert values[child["trial_id"]][first] == own.validate()
    best = max(max(own.values()) for own in values.values())
    assert summary["best_value"] == best
    assert summary["test_value"] == pytest.approx(best - 0.01)


@pytest.mark.parametrize(("backend", "algo"), POPULATIONS)
def test_a_population_is_the_same_each_time(backend, algo, tmp_path):
    logs = []
    for name in ("one", "two"):
        run(tmp_path / name, backend, algo, spread=0.3)
        logs.append((tmp_path / name / "events" / "virtual.jsonl").read_bytes())
    assert logs[0] == logs[1]


@pytest.mark.parametrize(("backend", "algo"), [RAY_PBT, ("propulate", "pbt")])
def test_states_cost_their_size_over_the_bandwidth_at_each_interval(backend, algo, tmp_path):
    costs = ReplayCosts(bandwidth=1e9)
    often, seldom = (
        run(
            tmp_path / f"every{interval}",
            backend,
            algo,
            workers=8,
            interval=interval,
            epochs=10,
            costs=costs,
            state_bytes=500_000_000,
        )
        for interval in (1, 5)
    )
    saved = [summary["ledger"]["checkpoint_save"] for summary in (often, seldom)]
    # Each member writes a state of half a second after each interval but the last.
    assert saved[0] >= 8 * 9 * 0.5 and saved[0] > 4 * saved[1] > 0
    assert often["runtime_s"] >= 10 + 9 * 0.5 and often["runtime_s"] > seldom["runtime_s"]


def test_a_table_is_refused_with_the_reason():
    config = RunConfig(backend="ray", algo="pbt", workers=2, trials=4)
    with pytest.raises(RequestError, match=r"weights that were inherited.*--closed-form"):
        resolve_replay(config, synthetic_table(4), ReplayCosts())
