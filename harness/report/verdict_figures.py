"""The verdicts as pictures, one for each factor."""

from __future__ import annotations

from collections.abc import Sequence

from harness.figures.intervals import IntervalPanel, IntervalRow, draw_intervals
from harness.report.contents import ReportFigure
from harness.report.sentences import from_nothing, is_accuracy
from harness.report.wording import counted, file_stem
from harness.statistics.questions import Verdict

MOST_ROWS = 60
"""Estimates that one picture shows; `tables/verdicts.csv` has all."""


def verdict_figures(verdicts: Sequence[Verdict]) -> list[ReportFigure]:
    """Return one figure a factor: framework, algorithm, precision, checkpoint interval.

    Claims, as the paper's directions are, have no side that is better, and no figure.
    """
    factors: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.asked.claim is None:
            factors.setdefault(verdict.asked.question.partition(": ")[0], []).append(verdict)
    return [_figure(factor, own) for factor, own in factors.items()]


def _figure(factor: str, verdicts: Sequence[Verdict]) -> ReportFigure:
    decided_first = sorted(verdicts, key=lambda verdict: verdict.outcome == "undecided")
    shown = decided_first[:MOST_ROWS]
    decided = sum(verdict.outcome != "undecided" for verdict in verdicts)
    left = len(verdicts) - len(shown)
    panels: dict[str, list[Verdict]] = {}
    for verdict in shown:
        panels.setdefault(verdict.asked.question.partition(": ")[2], []).append(verdict)
    asked = counted(len(verdicts), "question", "questions")
    more = f"; {left} more {'is' if left == 1 else 'are'} in the table." if left else "."
    return ReportFigure(
        name=file_stem("verdicts", factor),
        caption=f"{factor.capitalize()}: {decided} of {asked} decided. Estimates with 95 % "
        "intervals; a filled mark is a verdict that holds beside the others of its question, a "
        f"hollow one is undecided{more}",
        drawing=draw_intervals([_panel(name, own) for name, own in panels.items()]),
    )


def _panel(name: str, verdicts: Sequence[Verdict]) -> IntervalPanel:
    asked = verdicts[0].asked
    scopes = {verdict.asked.scope for verdict in verdicts}
    better = "left" if asked.less_is_better else "right"
    return IntervalPanel(
        title=name if len(scopes) > 1 else f"{name}; {asked.scope}",
        rows=[_row(verdict, scoped=len(scopes) > 1) for verdict in verdicts],
        unit=f"{_unit(verdicts[0])}; {better} of 0 the first is better",
        margin=from_nothing(asked, asked.margin + (1 if asked.scale == "ratio" else 0)),
    )


def _row(verdict: Verdict, scoped: bool) -> IntervalRow:
    contrast = verdict.asked.contrast
    return IntervalRow(
        label=f"{contrast}; {verdict.asked.scope}" if scoped else contrast,
        value=from_nothing(verdict.asked, verdict.estimate),
        low=from_nothing(verdict.asked, verdict.low),
        high=from_nothing(verdict.asked, verdict.high),
        outcome=verdict.outcome,
    )


def _unit(verdict: Verdict) -> str:
    if verdict.asked.scale == "ratio":
        return "difference, %"
    return "difference, percentage points" if is_accuracy(verdict.asked.question) else "difference"
