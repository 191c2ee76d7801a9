import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from harness.report.collection import collect
from harness.report.ranks import method_names, rank_methods, ranks_section


def test_methods_in_the_same_order_everywhere_are_told_apart():
    values = pd.DataFrame({"best": range(12), "middle": range(20, 32), "worst": range(50, 62)})
    ranking = rank_methods(values, "runtime")
    assert ranking.ranks.to_dict() == {"best": 1.0, "middle": 2.0, "worst": 3.0}
    assert ranking.probability == pytest.approx(math.exp(-12))  # chi-square 24, 2 degrees
    # Demšar's table 5: q = 2.343 for three methods.
    assert ranking.critical_difference == pytest.approx(2.343 * math.sqrt(3 * 4 / 72), abs=1e-3)
    assert ranking.pairs.loc["best", "worst"] < 0.05 < ranking.pairs.loc["best", "best"]


def test_nemenyi_and_the_critical_difference_agree():
    values = pd.DataFrame(np.arange(40.0).reshape(10, 4), columns=list("abcd"))
    ranking = rank_methods(values, "runtime")
    distance = ranking.critical_difference * math.sqrt(2) / math.sqrt(4 * 5 / 60)
    assert stats.studentized_range.sf(distance, 4, np.inf) == pytest.approx(0.05, abs=1e-6)


def test_ranks_that_chance_explains_have_no_critical_difference():
    values = pd.DataFrame(np.random.default_rng(0).random((6, 4)), columns=list("abcd"))
    ranking = rank_methods(values, "runtime")
    assert ranking.probability > 0.05 and math.isnan(ranking.critical_difference)


def test_methods_that_are_alike_share_their_rank():
    ranking = rank_methods(pd.DataFrame(np.ones((3, 3)), columns=list("abc")), "runtime")
    assert set(ranking.ranks) == {2.0} and ranking.probability == 1.0


def test_two_methods_or_one_block_are_too_few():
    assert rank_methods(pd.DataFrame({"a": [1, 2], "b": [2, 3]}), "runtime") is None
    assert rank_methods(pd.DataFrame({"a": [1], "b": [2], "c": [3]}), "runtime") is None


def test_the_smallest_error_ranks_first(write_runs):
    runs = write_runs(algo=["rand", "asha", "pbt"], seed=[0, 1], mode=["min"], metric="mse")
    ranks = ranks_section(collect([runs])).tables[0].data
    by_metric = ranks[ranks["criterion"] == "test metric"]
    table = collect([runs]).table
    best = table.groupby("search")["test_value"].mean().idxmin()
    assert by_metric["method"].iloc[0] == f"{best} fp32"


def test_methods_without_all_blocks_are_left_out_and_named(write_runs):
    write_runs(algo=["rand", "asha", "pbt"], seed=[0, 1], trials=4, epochs=3)
    section = ranks_section(collect([write_runs(algo="bohb", seed=0, trials=4, epochs=3)]))
    assert "ray bohb fp32" in section.missing
    assert "ray bohb fp32" not in set(section.tables[0].data["method"])


def test_a_method_keeps_its_name_where_another_workload_has_more_intervals(write_runs):
    write_runs(algo="pbt", workload="cfd", checkpoint_interval=[1, 5], trials=4, epochs=3)
    table = collect([write_runs(algo="pbt", workload="digits", trials=4, epochs=3)]).table
    names = table.assign(method=method_names(table)).groupby("workload")["method"].apply(list)
    first = "ray pbt · checkpoint interval 1 fp32"
    assert names["digits"] == [first]
    assert names["cfd"] == [first, "ray pbt · checkpoint interval 5 fp32"]
