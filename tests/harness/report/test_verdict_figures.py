"""The pictures of the verdicts show what the table has."""

from __future__ import annotations

import pytest

from harness.figures.intervals import IntervalPanel, IntervalRow, draw_intervals, reach
from harness.report.verdict_figures import MOST_ROWS, verdict_figures
from harness.statistics.questions import Claim, Question, judge


def asked(values, question="framework: worker-seconds per epoch", scope="cifar10; rand", **more):
    settings = {
        "family": question,
        "contrast": "ray ÷ deephyper",
        "scale": "ratio",
        "margin": 0.02,
    } | more
    return Question(question=question, scope=scope, values=values, **settings)


def places(axes):
    """Return the place and colour of each estimate's mark."""
    marks = [line for line in axes.lines if line.get_marker() in {"o", "s", "D"}]
    return [
        (float(m.get_xdata()[0]), m.get_markeredgecolor(), m.get_markerfacecolor()) for m in marks
    ]


def test_each_factor_has_a_figure_and_each_question_a_panel():
    verdicts = judge(
        [
            asked((1.2, 1.21, 1.19)),
            asked((0.9, 1.1, 1.3), scope="cifar10; asha"),
            asked((1.0, 1.001, 0.999), question="framework: launch to result"),
            asked((0.7, 0.71, 0.69), question="precision: worker-seconds per epoch"),
        ]
    )
    framework, precision = verdict_figures(verdicts)
    assert (framework.name, precision.name) == ("verdicts-framework", "verdicts-precision")
    assert framework.caption.startswith("Framework: 2 of 3 questions decided.")
    seconds, launch = framework.drawing.axes
    assert [text.get_text() for text in seconds.get_yticklabels()] == [
        "ray ÷ deephyper; cifar10; rand",
        "ray ÷ deephyper; cifar10; asha",
    ]
    assert launch.get_title(loc="left") == "launch to result; cifar10; rand"
    (worse, colour, face), (_open, _, open_face) = places(seconds)
    assert worse == pytest.approx(20.0, abs=0.1)
    assert (colour, face, open_face) == ("#d55e00", "#d55e00", "white")


def test_an_accuracy_is_drawn_in_percentage_points_and_right_is_better():
    (figure,) = verdict_figures(
        judge(
            [
                asked(
                    (0.03, 0.032, 0.028),
                    question="algorithm: validation accuracy at equal epochs",
                    contrast="asha − rand",
                    scale="difference",
                    margin=0.01,
                    less_is_better=False,
                )
            ]
        )
    )
    (axes,) = figure.drawing.axes
    assert places(axes)[0][0] == pytest.approx(3.0)
    assert axes.get_xlabel() == "difference, percentage points; right of 0 the first is better"


def test_one_seed_has_a_mark_and_no_interval():
    (figure,) = verdict_figures(judge([asked((1.3,))]))
    (axes,) = figure.drawing.axes
    assert len(places(axes)) == 1
    assert places(axes)[0][2] == "white"
    assert not [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_lw() == 1.6]


def test_claims_have_no_figure():
    claim = asked((1.2, 1.3), question="direction 1: speed-up", claim=Claim(low=1.0))
    assert verdict_figures(judge([claim])) == []


def test_a_wide_interval_ends_in_an_arrow_and_hides_no_other():
    rows = [IntervalRow(str(number), 5.0, 3.0, 7.0, "worse") for number in range(5)]
    panel = IntervalPanel(
        "seconds",
        [*rows, IntervalRow("wide", 5.0, -90.0, 9000.0, "undecided")],
        "difference, %",
        2.0,
    )
    assert reach(panel) < 20
    (axes,) = draw_intervals([panel]).axes
    assert sorted(line.get_marker() for line in axes.lines if line.get_marker() in "<>") == [
        "<",
        ">",
    ]


def test_a_picture_of_very_many_questions_says_how_many_it_leaves_out():
    verdicts = judge([asked((1.1, 1.2), scope=f"workload {n}") for n in range(MOST_ROWS + 7)])
    (figure,) = verdict_figures(verdicts)
    assert figure.caption.endswith("7 more are in the table.")
    assert len(places(figure.drawing.axes[0])) == MOST_ROWS


def test_what_is_decided_comes_first_and_is_never_left_out():
    open_ones = [asked((0.8, 1.4), scope=f"workload {n}") for n in range(MOST_ROWS)]
    last = asked((1.2, 1.21, 1.19), question="framework: launch to result")
    (figure,) = verdict_figures(judge([*open_ones, last]))
    assert figure.caption.startswith(f"Framework: 1 of {MOST_ROWS + 1} questions decided.")
    assert figure.drawing.axes[0].get_title(loc="left") == "launch to result; cifar10; rand"
    assert figure.caption.endswith("1 more is in the table.")
