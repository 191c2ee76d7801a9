"""A plan's answers in words, each no stronger than its row."""

from __future__ import annotations

import pandas as pd

from harness.replay.planning.answers import Answers
from harness.replay.planning.cautions import cautions
from harness.replay.planning.cells import PlanRequest
from harness.replay.planning.evidence import CONFIDENCE, FEWEST_TO_BE_SURE, SURE
from harness.report.wording import counted


def sentences(request: PlanRequest, answers: Answers) -> list[str]:
    """Return a plan's answers in words, and then what limits them."""
    said = [] if request.target is None else _of_target(request.target, request.seeds, answers)
    said += [_of_workers(row) for _, row in answers.saturation.iterrows()]
    return said + cautions(request, answers)


def _of_target(target: float, searches: int, answers: Answers) -> list[str]:
    if answers.sure.empty:
        return [_none_reaches(target, searches, answers.table)]
    if answers.cheapest is None:
        names = " and ".join(sorted(answers.sure["precision"].unique()))
        return [f"Only emulated searches, in {names}, reach {target:g}; the cost is not known."]
    return [_cheapest(target, answers.cheapest)]


def _none_reaches(target: float, searches: int, table: pd.DataFrame) -> str:
    said = f"No cell reaches the target {target:g} in {SURE:.0%} of its searches ({searches})"
    if (table["reached_high"] >= SURE).any():
        return f"{said}; more may show that one does: give a larger --seeds."
    return f"{said}."


def _cheapest(target: float, best: pd.Series) -> str:
    hits = round(best["reached"] * best["searches"])
    said = (
        f"The cheapest way to {target:g}: {best['backend']} {best['algo']} in "
        f"{best['precision']} with {counted(best['workers'], 'worker', 'workers')} of "
        f"{counted(best['ranks'], 'rank', 'ranks')}, "
        f"{best['target_device_hours']:.3g} device-hours and {best['target_s']:.4g} s "
        f"(medians; {hits} of {counted(best['searches'], 'search', 'searches')} reach it, exact "
        f"{CONFIDENCE:.0%} interval {best['reached_low']:.0%} to {best['reached_high']:.0%})."
    )
    if best["reached_low"] >= SURE:
        return said
    if best["searches"] < FEWEST_TO_BE_SURE:
        return (
            f"{said} So few cannot show that {SURE:.0%} reach it; give "
            f"--seeds {FEWEST_TO_BE_SURE} or more."
        )
    return f"{said} That does not show {SURE:.0%}; give a larger --seeds."


def _of_workers(row: pd.Series) -> str:
    most = row["workers_that_pay"]
    more = (
        ", the most that were compared"
        if row["is_most_compared"]
        else f"; from {most} to {row['next_compared']} the runtime falls by less than a fifth for "
        "each doubling"
    )
    return (
        f"{row['backend']} {row['algo']} in {row['precision']}, "
        f"{counted(row['ranks'], 'rank', 'ranks')} a trial: workers pay up to {most}{more}."
    )
