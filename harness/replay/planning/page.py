"""A plan on a page, with its picture and its tables."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from harness.records.directory import write_atomically
from harness.replay.planning.answers import Answers
from harness.replay.planning.cells import PlanRequest

_STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;line-height:1.4}"
    "table{border-collapse:collapse}td,th{padding:.2em .7em;border-bottom:1px solid #ccc;"
    "text-align:right}th{background:#f4f4f4}img{max-width:100%}"
)


def write_plan(request: PlanRequest, answers: Answers, searches: pd.DataFrame, out: Path) -> Path:
    """Write a plan's page, picture and tables into a directory; return the page."""
    out.mkdir(parents=True, exist_ok=True)
    answers.table.to_csv(out / "plan.csv", index=False)
    answers.saturation.to_csv(out / "saturation.csv", index=False)
    searches.to_csv(out / "searches.csv", index=False)
    _draw(request, answers, out / "plan.png")
    page = out / "index.html"
    write_atomically(page, _page(request, answers))
    return page


def sentences(request: PlanRequest, answers: Answers) -> list[str]:
    """Return a plan's answers in words, each no stronger than its row."""
    said = []
    if request.target is not None:
        best = answers.cheapest
        if best is None:
            said.append(f"No cell reaches the target {request.target:g} in 90 % of its searches.")
        else:
            said.append(
                f"The cheapest way to {request.target:g}: {best['backend']} {best['algo']} in "
                f"{best['precision']} with {best['workers']} workers of {best['ranks']} ranks, "
                f"{best['target_device_hours']:.3g} device-hours and {best['target_s']:.4g} s "
                f"(medians; {best['reached']:.0%} of {best['searches']} searches reach it)."
            )
    for _, row in answers.saturation.iterrows():
        more = (
            "more were not asked for"
            if row["is_largest_asked"]
            else "a further doubling takes less than a fifth off the runtime"
        )
        said.append(
            f"{row['backend']} {row['algo']} in {row['precision']}, {row['ranks']} ranks a trial: "
            f"workers pay up to {row['workers_that_pay']}; {more}."
        )
    return said


def _page(request: PlanRequest, answers: Answers) -> str:
    table = next(iter(request.tables.values()))
    rows = "".join(f"<p>{escape(line)}</p>" for line in sentences(request, answers))
    scenario = request.costs.scenario
    assumed = (
        "; ".join(f"{name} = {value}" for name, value in scenario.items())
        or "nothing: engines cost no time, no worker dies, start-up takes none"
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Plan</title>"
        f"<style>{_STYLE}</style><h1>Plan for {escape(table.about.workload)}</h1>"
        f"<p>{request.trials} trials a search, {request.seeds} searches a cell, replayed in "
        f"virtual time from {len(table.trainings)} recorded trainings "
        f"({escape(str(request.file.name))}).</p>{rows}"
        f"<img src=plan.png alt='Runtime and device-hours over workers'>"
        f"<h2>Cells</h2>{answers.table.round(4).to_html(index=False, border=0)}"
        "<p>Each number is the median over a cell's searches, from the 5th (low) to the 95th "
        "percentile (high) of single searches.</p>"
        f"<h2>What this rests on</h2><p>Measured: values and seconds of the trainings, on "
        f"{escape(_machine(table.hardware))}.</p><p>Assumed: {escape(assumed)}.</p>"
        "<p>Not known: how much slower an epoch becomes when more workers share processors, "
        "memory, a network or a file system than when the trainings were recorded.</p></html>"
    )


def _machine(hardware: tuple[str, ...]) -> str:
    import json

    described = [json.loads(text) for text in hardware]
    names = (f"{machine['cpu']}, {machine['cores']} cores" for machine in described)
    return "; ".join(dict.fromkeys(names))


def _draw(request: PlanRequest, answers: Answers, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    kinds = ["backend", "algo", "precision", "ranks"]
    for kind, own in answers.table.groupby(kinds):
        ordered = own.sort_values("workers")
        label = " ".join(str(part) for part in kind[:3]) + f", {kind[3]} ranks"
        for axis, name in zip(axes, ("runtime_s", "device_hours"), strict=True):
            axis.plot(ordered["workers"], ordered[name], marker="o", label=label)
            axis.fill_between(
                ordered["workers"], ordered[f"{name}_low"], ordered[f"{name}_high"], alpha=0.15
            )
    for axis, text in zip(axes, ("runtime, virtual seconds", "device-hours"), strict=True):
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xlabel("workers")
        axis.set_ylabel(text)
    axes[0].legend(fontsize="small")
    figure.suptitle(f"median and 5 % to 95 % of {request.seeds} replays", fontsize="medium")
    figure.savefig(path, dpi=150)
