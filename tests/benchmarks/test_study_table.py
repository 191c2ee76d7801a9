"""The table of a study is what its runs' summaries say."""

import pytest

from benchmarks.study_table import caption, table_lines
from harness.load.discovery import discover
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture
def runs(tmp_path):
    for algo, precision in (("asha", "fp32"), ("rand", "amp"), ("rand", "fp32")):
        run = SyntheticRun(algo=algo, precision=precision)
        write_synthetic_run(tmp_path / f"{algo}-{precision}", run)
    return discover([tmp_path]).runs


def test_both_precisions_of_an_algorithm_share_a_row(runs):
    heading, rule, asha, rand = table_lines(runs, ["fp32", "amp"])
    assert heading.count("|") == rule.count("|") == asha.count("|") == rand.count("|")
    amp, fp32 = (run.summary for run in runs if run.summary["algo"] == "rand")
    assert f"{fp32['runtime_s']:.1f} / {amp['runtime_s']:.1f}" in rand
    assert f"{fp32['best_value']:.3f} / {amp['best_value']:.3f}" in rand
    assert amp["runtime_s"] < fp32["runtime_s"]


def test_a_cell_that_was_not_run_is_a_dash(runs):
    _, _, asha, _ = table_lines(runs, ["fp32", "amp"])
    assert asha.startswith("| ray | `asha` |")
    assert asha.count("/ –") == 5


def test_the_caption_names_the_search_and_the_machine(runs):
    text = caption(runs, ["fp32", "amp"])
    assert "`digits`" in text and "3 runs" in text and "synthetic processor, 2 cores" in text
