import pytest

from harness.report.collection import collect
from harness.report.files import as_latex
from harness.report.paper import paper_numbers
from harness.report.table1 import table1_section


@pytest.fixture
def table(write_runs):
    def build(baseline="fp32", **settings):
        write = {"precision": ["fp32", "amp"], "seed": [0, 1, 2], "trials": 4, "epochs": 3}
        return table1_section(collect([write_runs(**write | settings)], baseline)).tables[0]

    return build


def test_means_and_deviations_are_those_over_seeds(write_runs):
    runs = write_runs(precision="fp32", algo="asha", seed=[0, 1, 2])
    collection = collect([runs])
    row = table1_section(collection).tables[0].data.iloc[0]
    assert row["runtime_fp32"] == pytest.approx(collection.table["runtime_s"].mean())
    assert row["runtime_fp32_deviation"] == pytest.approx(collection.table["runtime_s"].std())
    assert row["test_fp32"] == pytest.approx(collection.table["test_value"].mean())
    assert row["n_fp32"] == 3


@pytest.mark.parametrize("mode, metric", [("max", "accuracy"), ("min", "mse")])
def test_the_better_precision_is_marked(table, mode, metric):
    found = table(mode=mode, metric=metric)
    assert found.marked["runtime AMP"].all() and not found.marked["runtime FP32"].any()
    row = found.data.iloc[0]
    amp_is_better = (row["test_amp"] > row["test_fp32"]) == (mode == "max")
    assert found.marked["test AMP"].iloc[0] == amp_is_better
    assert found.marked["test FP32"].iloc[0] != amp_is_better


def test_one_precision_alone_is_not_the_better_one(table):
    assert not table(precision="fp32").marked.to_numpy().any()


def test_the_paper_stands_beside_its_workloads(table):
    settings = {"workload": "cifar10", "algo": ["rand", "pbt"], "precision": ["tf32", "amp"]}
    found = table("tf32", **settings)
    heading = "paper: runtime FP32 / AMP (speed-up)"
    assert list(found.shown[heading]) == ["3,394 / 3,006 (1.13)", "2,583 / 2,720 (0.95)"]
    assert list(found.data["paper_speed_up"].round(3)) == [1.129, 0.950]


def test_workloads_that_the_paper_lacks_have_no_column_of_it(table):
    assert not any("paper" in column for column in table(workload="digits").shown)


def test_the_paper_does_not_stand_beside_strict_fp32(table):
    assert not any("paper" in column for column in table(workload="cifar10").shown)


def test_the_paper_has_no_number_for_other_engines_and_intervals():
    assert paper_numbers("cfd", "ray", "pbt", 1, "tf32").runtime_fp32_s == 7383
    others = (("cfd", "propulate", "pbt", 1), ("cfd", "ray", "pbt", 5))
    for other in ((*each, "tf32") for each in others):
        assert paper_numbers(*other).runtime_fp32_s != paper_numbers(*other).runtime_fp32_s


def test_latex_is_escaped_and_bold(table):
    text = as_latex(table(workload="a_b & c"))
    assert r"a\_b \& c" in text and r"\bfseries" in text
    assert text.count(r"\toprule") == 1 and "95 \\%" in text
