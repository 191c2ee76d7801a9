"""BOHB's quick draws are scipy's."""

import json

import numpy as np
import pytest
from scipy import stats

from benchmarks.replay.paper_scale import Cell, closed_form, run_cell
from benchmarks.replay.quick_draws import quick_draws, truncated_normal


@pytest.mark.parametrize("mean", [0.0, 0.02, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("deviation", [0.003, 0.1, 3.0, 40.0])
def test_a_draw_is_the_same(mean, deviation):
    bounds = (-mean / deviation, (1 - mean) / deviation)
    np.random.seed(3)
    expected = [stats.truncnorm.rvs(*bounds, loc=mean, scale=deviation) for _ in range(50)]
    np.random.seed(3)
    found = [truncated_normal(*bounds, loc=mean, scale=deviation) for _ in range(50)]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.slow
def test_a_search_of_bohb_is_the_same(tmp_path):
    cell = Cell("closed form", "bohb", 8, 48, "fp32", 300.0)
    stock = run_cell(cell, 0, closed_form(), tmp_path / "stock")
    with quick_draws():
        quick = run_cell(cell, 0, closed_form(), tmp_path / "quick")
    for name in ("runtime_s", "epochs", "best_value"):
        assert quick[name] == pytest.approx(stock[name], rel=1e-9)
    assert json.loads(quick["winner"])["lr"] == pytest.approx(json.loads(stock["winner"])["lr"])
