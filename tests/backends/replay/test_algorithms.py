"""Algorithms that suggest: exact on a grid, through a surrogate elsewhere."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from backends.ray.searchers import NotedPicks
from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay.costs import ReplayCosts
from harness.replay.curve import Curve
from harness.replay.grid import grid_space
from harness.replay.origins import Origins
from harness.replay.request import resolve_replay
from harness.replay.search import replay
from harness.replay.table import RecordedTraining, TrainingTable
from harness.space import sample_configurations
from harness.testing.tables import synthetic_table
from harness.testing.workloads import AnalyticWorkload

pytestmark = pytest.mark.slow

SUGGESTING = [
    pytest.param("ray", "bohb", marks=pytest.mark.slow),
    pytest.param("deephyper", "cbo", marks=pytest.mark.slow),
    pytest.param("deephyper", "cbo-asha", marks=pytest.mark.slow),
    ("deephyper", "regevo"),
    ("propulate", "ga"),
]


def smooth_curve(config, epochs=9, slope=1.0):
    """A curve that a regressor can learn."""
    distance = abs(np.log10(config["lr"]) + 2) / 2
    ceiling = 1 - 0.4 * distance - config["weight_decay"]
    values = ceiling * (1 - np.exp(-0.3 * np.arange(1, epochs + 1)))
    seconds = (0.5 + config["width"] / 64 * slope,) * epochs
    nothing = (0.0,) * epochs
    return Curve(tuple(values.tolist()), nothing, nothing, seconds, nothing, nothing)


def with_curves(configurations):
    base = synthetic_table(1)
    trainings = [RecordedTraining(n, 0, c, smooth_curve(c)) for n, c in enumerate(configurations)]
    return TrainingTable(base.about, "fp32", 1, tuple(trainings), base.hardware)


@pytest.fixture(scope="module")
def grid():
    axes = itertools.product([1e-3, 1e-2, 1e-1], [0.0, 0.05], [2, 4], [8, 32], ["relu", "tanh"])
    names = ("lr", "weight_decay", "warmup_epochs", "width", "activation")
    return with_curves([dict(zip(names, values, strict=True)) for values in axes])


@pytest.fixture(scope="module")
def sample():
    return with_curves(sample_configurations(AnalyticWorkload().space(), 80, 0))


def run(table, backend, algo, path, trials=12, workers=3, **settings):
    config = RunConfig(backend=backend, algo=algo, workers=workers, trials=trials, **settings)
    resolved = resolve_replay(config, table, ReplayCosts())
    return replay(resolved, Origins(table).of(resolved), path)


@pytest.mark.parametrize(("backend", "algo"), SUGGESTING)
def test_on_a_grid_every_value_is_one_that_was_recorded(grid, backend, algo, tmp_path):
    summary = run(grid, backend, algo, tmp_path / "run")
    assert summary["replay"]["values"] == "recorded" and summary["trials"] == 12
    log = (tmp_path / "run" / "events" / "virtual.jsonl").read_text().splitlines()
    for event in map(json.loads, log):
        if event["event"] == "epoch":
            curve = grid.curve(event["config"], 0, 0)
            assert event["value"] == curve.values[event["epoch"] - 1]


@pytest.mark.parametrize(
    ("backend", "algo"),
    [pytest.param("deephyper", "cbo", marks=pytest.mark.slow), ("propulate", "ga")],
)
def test_elsewhere_a_surrogate_answers_and_tells_its_error(sample, backend, algo, tmp_path):
    summary = run(sample, backend, algo, tmp_path / "run")
    told = summary["replay"]["surrogate"]
    assert summary["replay"]["values"] == "from a surrogate"
    assert told["spearman"] >= 0.6 and told["time_error"] <= 0.3 and told["configurations"] == 80


def test_a_surrogate_that_has_learned_nothing_is_refused(tmp_path):
    noise = synthetic_table(40)
    with pytest.raises(RequestError, match=r"surrogate is not good enough: .*rank correlation"):
        run(noise, "deephyper", "cbo", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_sample_is_no_grid(sample, grid):
    space = AnalyticWorkload().space()
    assert grid_space(sample, space) is None
    restricted = grid_space(grid, space)
    assert [len(h.sequence) for h in restricted.values() if hasattr(h, "sequence")] == [3, 2, 2, 2]


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "algo"), [("ray", "bohb"), ("deephyper", "cbo-asha")])
def test_a_search_that_suggests_is_the_same_each_time(grid, backend, algo, tmp_path):
    logs = []
    for name in ("one", "two"):
        run(grid, backend, algo, tmp_path / name)
        logs.append((tmp_path / name / "events" / "virtual.jsonl").read_bytes())
    assert logs[0] == logs[1]


FIRST_PROPOSAL = 4
"""Trials of the initial design that the searches below ask for."""


@pytest.mark.parametrize(
    ("backend", "algo", "learned"),
    [
        ("deephyper", "cbo", {"model"}),
        ("deephyper", "cbo-asha", {"model"}),
        ("deephyper", "regevo", {"mutation"}),
        ("propulate", "ga", {"mutation", "crossover", "random", "copy"}),
    ],
)
def test_trials_say_where_they_come_from(grid, backend, algo, learned, tmp_path):
    run(grid, backend, algo, tmp_path / "run", trials=24, population=FIRST_PROPOSAL)
    trials = pd.read_parquet(tmp_path / "run" / "trials.parquet").sort_values("number")
    design, proposed = trials[:FIRST_PROPOSAL], trials[FIRST_PROPOSAL:]
    assert set(design["origin"]) == {"design"} and set(design["told"]) == {0}
    # Three workers: the first proposals come before four results do.
    knew = proposed[proposed["told"] >= FIRST_PROPOSAL]
    assert set(knew["origin"]) <= learned and len(knew) >= 18
    assert set(proposed["origin"]) - {"random"} and proposed["told"].max() <= 23
    assert (proposed["told"] >= proposed["number"] - 3).all()


@pytest.mark.parametrize(("trials", "by_model"), [(12, False), (60, True)])
def test_bohb_says_which_trials_its_model_chose(grid, trials, by_model, tmp_path):
    run(grid, "ray", "bohb", tmp_path / "run", trials=trials)
    found = pd.read_parquet(tmp_path / "run" / "trials.parquet").sort_values("number")
    assert set(found["origin"]) == ({"random", "model"} if by_model else {"random"})
    first = found[found["origin"] == "model"]["told"].min()
    # Five hyperparameters: a model wants twelve results on one budget.
    assert not by_model or first >= 12
    stopped = found[found["reason"] == "bracket"]
    assert (stopped["judged_value"] <= stopped["judged_against"]).any()


@pytest.mark.parametrize("backend", ["ray", "deephyper", "propulate"])
def test_every_engine_records_what_its_rungs_judge_by(grid, backend, tmp_path):
    run(grid, backend, "asha", tmp_path / "run", trials=24)
    trials = pd.read_parquet(tmp_path / "run" / "trials.parquet")
    epochs = pd.read_parquet(tmp_path / "run" / "epochs.parquet")
    assert set(trials["origin"]) == {"random"}
    stopped = trials[trials["reason"] == "rung"]
    assert len(stopped) and (stopped["judged_value"] < stopped["judged_against"]).all()
    assert (stopped["judged_value"] == stopped["last_value"]).all()
    judged = epochs[epochs["judged_against"].notna()]
    went_on = judged[judged["value"] >= judged["judged_against"]]
    assert len(judged) == len(went_on) + len(stopped) and len(went_on)


def test_bohb_is_told_what_each_trial_came_to_at_its_last_budget(grid, monkeypatch, tmp_path):
    told, learn = [], NotedPicks.new_result

    def note(picks, job):
        told.append((job.kwargs["budget"], -job.result["loss"]))
        learn(picks, job)

    monkeypatch.setattr(NotedPicks, "new_result", note)
    run(grid, "ray", "bohb", tmp_path / "run", trials=34)
    trials = pd.read_parquet(tmp_path / "run" / "trials.parquet")
    assert set(trials["epochs"]) == {2, 8, 9}
    came_to = zip(trials["epochs"].astype(int), trials["last_value"], strict=True)
    assert not set(came_to) - set(told)
    log = (tmp_path / "run" / "events" / "virtual.jsonl").read_text().splitlines()
    events = [event for event in map(json.loads, log) if event["event"] == "judgement"]
    # Tune alone tells 34 of these 42.
    assert len(told) == len(trials) + sum(event["goes_on"] for event in events) == 42
