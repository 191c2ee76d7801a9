import pandas as pd
import pytest
from matplotlib.colors import to_hex

from harness.figures.ledger_bars import draw_ledgers
from harness.figures.run_picture import draw_run, run_figure
from harness.figures.style import INCUMBENT_COLOUR
from harness.load.run_records import load_run_records
from harness.records.slot_ledger import KINDS
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]


@pytest.fixture
def drawn(tmp_path):
    """Draws a synthetic run, and returns its records and the figure."""

    def draw(algo, **settings):
        run = SyntheticRun("ray", algo, "cifar10", "fp32", 0, **settings)
        summary, tables = load_run_records(write_synthetic_run(tmp_path / algo, run))
        return tables, run_figure(summary, tables)

    return draw


def test_a_run_is_drawn_into_a_picture(sequential_run, tmp_path):
    result = sequential_run(algo="asha")
    draw_run(result.directory, tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")


def test_no_trial_has_the_colour_of_the_incumbent(drawn):
    _tables, figure = drawn("pbt", trials=9, epochs=8)
    lines = figure.axes[0].get_lines()
    like_the_incumbent = [
        line for line in lines if to_hex(line.get_color()) == to_hex(INCUMBENT_COLOUR)
    ]
    assert len(lines) > 9
    assert [line.get_label() for line in like_the_incumbent] == ["incumbent"]


def test_the_legend_explains_dotted_lines_where_there_are_some(drawn):
    _tables, population = drawn("pbt", trials=9, epochs=8)
    _tables, random = drawn("rand", trials=3, epochs=3)
    assert texts(population.axes[0].get_legend()) == ["incumbent", "from the donor's state"]
    assert texts(random.axes[0].get_legend()) == ["incumbent"]


def test_the_legend_of_a_timeline_has_the_kinds_that_occur(drawn):
    tables, figure = drawn("rand", trials=3, epochs=3)
    spans = tables.spans[tables.spans["end_s"] > tables.spans["start_s"]]
    (legend,) = figure.legends
    assert set(texts(legend)) == set(spans["kind"]) < set(KINDS)
    assert all(patch.get_facecolor() != (1, 1, 1, 1) for patch in legend.get_patches())


def test_the_legend_of_ledgers_has_the_kinds_that_occur():
    booked = pd.DataFrame(0.0, index=["a", "b"], columns=list(KINDS)).assign(
        train=[1.0, 2.0], idle=[0.0, 1.0]
    )
    (legend,) = draw_ledgers(booked, pd.Series([1.0, 0.7])).legends
    assert texts(legend) == ["train", "idle"]
