"""The verdicts as a table, and the first section of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.sentences import margin_text
from harness.report.verdict_figures import verdict_figures
from harness.report.wording import NOTHING, number_text
from harness.statistics.questions import Verdict

COLUMNS = (
    "question",
    "scope",
    "contrast",
    "estimate",
    "low",
    "high",
    "margin",
    "n",
    "verdict",
    "more_seeds",
)
"""Of ``tables/verdicts.csv``."""

_DECIDED = ("better", "worse", "equivalent", "supported", "contradicted")


def verdicts_section(collection: Collection, verdicts: Sequence[Verdict]) -> Section:
    """Return what the answers rest on."""
    return Section(
        name="verdicts",
        title="What the answers rest on",
        text=(what_it_rests_on(collection),),
        tables=[verdicts_table(verdicts)],
        figures=verdict_figures(verdicts),
        missing=""
        if verdicts
        else "The runs allow no comparison: it takes two engines, "
        "algorithms or precisions on common seeds.",
    )


def verdicts_table(verdicts: Sequence[Verdict]) -> ReportTable:
    """Return one row a question."""
    data = pd.DataFrame([_row(verdict) for verdict in verdicts], columns=list(COLUMNS))
    data["more_seeds"] = data["more_seeds"].astype("Int64")
    shown = pd.DataFrame([_texts(verdict) for verdict in verdicts], columns=list(COLUMNS))
    return ReportTable(
        name="verdicts",
        caption="Every question with its verdict. Ratios (÷) are geometric means over n seeds and "
        "differences (−) means, with 95 % intervals; the verdicts of a question on one workload "
        "hold together. more seeds: about how many would decide, with a power of 80 %.",
        data=data,
        shown=shown.rename(columns={"more_seeds": "more seeds"}),
    )


def in_order_of_interest(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return verdicts, those that are decided before those that are not."""
    return sorted(verdicts, key=lambda verdict: verdict.outcome not in _DECIDED)


def _row(verdict: Verdict) -> dict[str, object]:
    asked = verdict.asked
    return {
        "question": asked.question,
        "scope": asked.scope,
        "contrast": asked.contrast,
        "estimate": verdict.estimate,
        "low": verdict.low,
        "high": verdict.high,
        "margin": asked.margin,
        "n": len(asked.values),
        "verdict": verdict.outcome,
        "more_seeds": verdict.more_seeds,
    }


def _texts(verdict: Verdict) -> dict[str, str]:
    asked = verdict.asked
    more = verdict.more_seeds
    numbers = {
        name: number_text(value, 3) if math.isfinite(value) else NOTHING
        for name, value in (
            ("estimate", verdict.estimate),
            ("low", verdict.low),
            ("high", verdict.high),
        )
    }
    return {
        "question": asked.question,
        "scope": asked.scope,
        "contrast": asked.contrast,
        **numbers,
        "margin": margin_text(verdict),
        "n": str(len(asked.values)),
        "verdict": verdict.outcome,
        "more_seeds": NOTHING if more is None else str(more),
    }


def what_it_rests_on(collection: Collection) -> str:
    """Return how verdicts are made, in a paragraph."""
    margins = collection.margins
    kind = (
        "The study went on until its questions were decided, so its intervals are those of a "
        "confidence sequence, which hold however often one looks."
        if collection.sequential
        else "Intervals are paired t intervals over seeds: of logarithms for ratios, of "
        "differences for accuracies."
    )
    return (
        f"{kind} Better or worse: the interval excludes no difference. Equivalent: it lies within "
        f"the margin, {number_text(100 * margins.time)} % of a cost, "
        f"{number_text(margins.accuracy)} of an accuracy, {number_text(100 * margins.error)} % "
        "of an error. The verdicts on one question and one workload hold together: the chance "
        "that one of them is wrong is at most 5 % (Holm's procedure with Shaffer's logic). "
        "Percentages are of the second one's."
    )
