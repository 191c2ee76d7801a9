import os
import shutil

import pytest
from matplotlib.figure import Figure

from harness import RequestError, plots
from harness.load.recorded_run import read_recorded_run
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of random search and of population-based training, in two precisions."""
    folder = tmp_path_factory.mktemp("plots") / "runs"
    for algo in ("rand", "pbt"):
        for precision in ("fp32", "amp"):
            run = SyntheticRun("ray", algo, "cifar10", precision, 0, trials=6, epochs=6)
            write_synthetic_run(folder / f"{algo}-{precision}", run)
    return folder


@pytest.mark.parametrize("given", [str, os.fspath, read_recorded_run])
def test_a_run_is_drawn_however_it_is_given(runs, given):
    figure = plots.plot_run(given(runs / "rand-fp32"))
    assert isinstance(figure, Figure) and len(figure.axes) == 2


def test_the_result_of_a_search_is_drawn(sequential_run):
    result = sequential_run(algo="asha")
    assert isinstance(plots.plot_run(result), Figure)
    assert list(plots.plot_anytime([result]))


def test_a_population_has_a_lineage_and_other_searches_have_none(runs):
    figure = plots.plot_lineage(runs / "pbt-fp32")
    assert [axes.get_ylabel() for axes in figure.axes] == ["member", "lr"]
    with pytest.raises(RequestError, match="no population"):
        plots.plot_lineage(runs / "rand-fp32")


@pytest.mark.parametrize(
    ("draw", "names"),
    [
        (plots.plot_anytime, ["anytime-cifar10-ray"]),
        (plots.plot_ledger, ["ledger-cifar10"]),
        (plots.plot_speed_ups, ["figure1-amp"]),
        (plots.plot_verdicts, ["verdicts-algorithm", "verdicts-precision"]),
    ],
)
def test_a_folder_of_runs_is_drawn_as_the_report_draws_it(runs, draw, names):
    figures = draw(runs)
    assert list(figures) == names
    assert all(isinstance(figure, Figure) and figure.axes for figure in figures.values())
    assert list(draw(sorted(runs.iterdir()))) == names


def test_speed_ups_need_two_precisions(runs):
    with pytest.raises(RequestError, match="in FP32 and in reduced precision"):
        plots.plot_speed_ups(runs / "rand-fp32")


def test_verdicts_need_two_alternatives(runs):
    with pytest.raises(RequestError, match="no comparison: it takes two"):
        plots.plot_verdicts(runs / "rand-fp32")


def test_what_is_no_run_is_refused(tmp_path, runs):
    with pytest.raises(RequestError, match="not a run directory"):
        plots.plot_run(tmp_path)
    shutil.copytree(runs / "pbt-fp32", tmp_path / "live")
    (tmp_path / "live" / "summary.json").unlink()
    with pytest.raises(RequestError, match="summary"):
        plots.plot_lineage(tmp_path / "live")
