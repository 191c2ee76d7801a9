import re

import numpy as np
import pandas as pd
import pytest

from harness.report.collection import collect
from harness.report.incumbents import Incumbents
from harness.report.questions import questions_of


def test_the_incumbent_only_improves_and_ends_at_the_best_value(write_runs):
    collection = collect([write_runs(algo="asha", trials=6, epochs=4, mode="min", metric="mse")])
    curve = Incumbents(collection).mean_curve(collection.table["run"], "end_s")
    assert (np.diff(curve.mean) <= 0).all() and (curve.deviation == 0).all()
    assert curve.mean[-1] == collection.table["best_value"].iloc[0]


def test_the_mean_is_that_over_seeds(write_runs):
    collection = collect([write_runs(trials=4, epochs=4, seed=[0, 1, 2])])
    curve = Incumbents(collection).mean_curve(collection.table["run"], "count")
    best = collection.table["best_value"]
    assert curve.mean[-1] == pytest.approx(best.mean())
    assert curve.deviation[-1] == pytest.approx(best.std())
    assert (curve.x[0], curve.x[-1]) == (1, 16)


def test_a_curve_begins_where_every_run_has_an_incumbent(write_runs):
    collection = collect([write_runs(trials=2, epochs=2, seed=[0, 1])])
    first = collection.epochs.groupby("run")["end_s"].min()
    curve = Incumbents(collection).mean_curve(pd.Series([0, 1]), "end_s")
    assert curve.x[0] == first.max()


def test_a_comparison_at_equal_cost_says_at_which_cost(write_runs):
    folder = write_runs(algo=["rand", "asha"], trials=6, epochs=4, seed=[0, 1])
    collection = collect([folder])
    asked = questions_of(collection, Incumbents(collection))
    (scope,) = {q.scope for q in asked if q.question.endswith("at equal epochs")}
    fewest = collection.table.groupby("seed")["epochs"].min()
    ends = " to ".join(map(str, dict.fromkeys((fewest.min(), fewest.max()))))
    assert scope.endswith(f"; both after {ends} epochs")
    (timed,) = {q.scope for q in asked if q.question.endswith("at equal worker-seconds")}
    assert re.search(r"; both after \d+( to \d+)? s$", timed)
