"""A plan on a page, with its picture and its tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from pathlib import Path

import pandas as pd

from harness.records.directory import write_atomically
from harness.replay.planning.answers import KIND, Answers
from harness.replay.planning.cautions import emulated
from harness.replay.planning.cells import PlanRequest, cells_left_out
from harness.replay.planning.evidence import FEWEST_FOR_PERCENTILES
from harness.replay.planning.picture import draw
from harness.replay.planning.recorded import best_of
from harness.replay.planning.sentences import sentences
from harness.replay.table import TrainingTable
from harness.report.wording import EMULATED, NOTHING

_STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;line-height:1.4}"
    "table{border-collapse:collapse}td,th{padding:.2em .7em;border-bottom:1px solid #ccc;"
    "text-align:right}th{background:#f4f4f4}img{max-width:100%}"
)

_TIMES = ("runtime_s", "worker_hours", "device_hours", "target_s", "target_device_hours")


def write_plan(request: PlanRequest, answers: Answers, searches: pd.DataFrame, out: Path) -> Path:
    """Write a plan's page, picture and tables into a directory; return the page."""
    answers.table.to_csv(out / "plan.csv", index=False)
    answers.saturation.to_csv(out / "saturation.csv", index=False)
    searches.to_csv(out / "searches.csv", index=False)
    left_out = cells_left_out(request)
    if left_out:
        frame = pd.DataFrame([asdict(cell) for cell in left_out])
        frame = frame.assign(why=f"more workers than the {request.trials} trials of a search")
        frame.to_csv(out / "left-out.csv", index=False)
    has_picture = draw(answers, interval_of(request.seeds), out / "plan.png")
    page = out / "index.html"
    write_atomically(page, _page(request, answers, has_picture))
    return page


def interval_of(searches: int) -> str:
    """Return in words what the numbers of a cell with so many searches are."""
    if searches == 1:
        return "one replay"
    if searches < FEWEST_FOR_PERCENTILES:
        return f"median, lowest and highest of {searches} replays"
    return f"median, 5th and 95th percentile of {searches} replays"


def _page(request: PlanRequest, answers: Answers, has_picture: bool) -> str:
    tables = request.tables.values()
    about = next(iter(tables)).about
    rows = "".join(f"<p>{escape(line)}</p>" for line in sentences(request, answers))
    picture = "<img src=plan.png alt='Runtime and device-hours over workers'>"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Plan</title>"
        f"<style>{_STYLE}</style><h1>Plan for {escape(about.workload)}</h1>"
        f"<p>{request.trials} trials a search, {request.seeds} searches a cell, replayed in "
        f"virtual time from {sum(len(table.trainings) for table in tables)} recorded trainings "
        f"({escape(str(request.file.name))}).</p>{rows}{picture if has_picture else ''}"
        f"<h2>Cells</h2>{_cells(answers.table)}"
        "<p>Each number is the median over a cell's searches. Low and high are the 5th and the "
        f"95th percentile of single searches; of fewer than {FEWEST_FOR_PERCENTILES} searches they "
        "are the lowest and the highest, and of one there are none.</p>"
        f"<h2>What this rests on</h2><p>Measured: {escape(_measured(request))}.</p>"
        f"<p>Assumed: {escape(_assumed(request, answers))}.</p>"
        "<p>Not known: how much slower an epoch becomes when more workers share processors, "
        "memory, a network or a file system than when the trainings were recorded.</p></html>"
    )


def _cells(table: pd.DataFrame) -> str:
    """Return the cells as HTML; a time that is not given reads why."""
    shown = table.round(4).astype(object)
    shown = shown.where(table.notna(), NOTHING)
    without_time = table["arithmetic"] == EMULATED
    times = [column for column in shown if str(column).startswith(_TIMES)]
    shown.loc[without_time, times] = EMULATED
    return str(shown.to_html(index=False, border=0))


def _measured(request: PlanRequest) -> str:
    without_times = emulated(request)
    return "; ".join(
        f"{'values' if name in without_times else 'values and seconds'} of the trainings in "
        f"{name}, on {_machines(table)}"
        for name, table in request.tables.items()
    )


def _machines(table: TrainingTable) -> str:
    described = [json.loads(text) for text in table.hardware]
    names = (f"{machine['cpu']}, {machine['cores']} cores" for machine in described)
    return " and ".join(dict.fromkeys(names))


def _assumed(request: PlanRequest, answers: Answers) -> str:
    assumed = [
        f"of {name}, that its {len(table.configurations)} recorded configurations stand for all "
        f"(the best reaches {best_of(table):.4g})"
        for name, table in request.tables.items()
    ]
    guessed = answers.table[answers.table["values"] != "recorded"]
    assumed += [
        f"values and seconds of {backend} {algo} in {precision} are {values}"
        for precision, backend, algo, values in guessed[[*KIND[:3], "values"]]
        .drop_duplicates()
        .itertuples(index=False)
    ]
    scenario = request.costs.scenario
    assumed += [f"{name} = {value}" for name, value in scenario.items()]
    if not scenario:
        assumed.append("engines cost no time, no worker dies, start-up takes none")
    return "; ".join(assumed)
