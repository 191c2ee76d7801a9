"""What is averaged, and what the runs differ in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from harness.comparison.grouping import Difference
from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.origins import origins_table
from harness.report.skipped_steps import skipped_steps_table
from harness.report.wording import EMULATED, hardware_text, seeds_text

_EFFECTS = {
    "kept apart": "These runs are never averaged and never ranked together.",
    "side by side": "Each search has its own setting; they stand side by side.",
    "averaged": "These runs are averaged all the same.",
    "times left out": "Results of emulated runs count; their times enter no cell and no figure.",
}


def overview_section(collection: Collection) -> Section:
    """Return the groups of runs, and every difference with why it matters."""
    tables = [_groups_table(collection)]
    if collection.differences:
        tables.insert(0, _differences_table(collection.differences))
    warnings = _warnings_table(collection)
    if not warnings.data.empty:
        tables.insert(0, warnings)
    origins = origins_table(collection)
    if origins is not None:
        tables.append(origins)
    skipped = skipped_steps_table(collection)
    if skipped is not None:
        tables.append(skipped)
    return Section(
        name="groups",
        title="What is averaged",
        text=(
            "Runs that differ in nothing but their seed form a group. Means, deviations (n − 1) "
            "and intervals are those of a group. Runs that differ in more are kept apart and "
            "named here, with the reason.",
        ),
        tables=tables,
        missing=""
        if collection.differences or not warnings.data.empty
        else "Nothing speaks against comparing these runs.",
    )


def _warnings_table(collection: Collection) -> ReportTable:
    """Return what the runs warned of, each once, with who did."""
    table = collection.table
    searches = table["search"] + " " + table["precision"]
    who: dict[str, list[str]] = {}
    for search, run in zip(searches, collection.of(table), strict=True):
        for warning in run.summary.get("warnings", []):
            who.setdefault(str(warning), []).append(search)
    data = pd.DataFrame(
        {
            "warning": list(who),
            "runs": [len(searches) for searches in who.values()],
            "searches": [", ".join(dict.fromkeys(searches)) for searches in who.values()],
        }
    )
    return ReportTable(
        name="warnings",
        caption="What the runs warned of before they began, and after.",
        data=data,
        shown=data.astype(str),
    )


def _differences_table(differences: Sequence[Difference]) -> ReportTable:
    shown = pd.DataFrame(
        {
            "aspect": [one.aspect for one in differences],
            "runs": [one.where for one in differences],
            "settings": [
                "; ".join(f"{text} ({who})" for text, who in one.values) for one in differences
            ],
            "effect": [one.effect for one in differences],
            "why it matters": [one.why for one in differences],
        }
    )
    effects = dict.fromkeys(one.effect for one in differences)
    return ReportTable(
        name="differences",
        caption="What the runs differ in. "
        + " ".join(f"{effect.capitalize()}: {_EFFECTS[effect]}" for effect in effects),
        data=shown,
        shown=shown,
    )


def _arithmetic(own: pd.DataFrame) -> str:
    return ", ".join(sorted({EMULATED if value else "native" for value in own["emulated"]}))


def _groups_table(collection: Collection) -> ReportTable:
    rows = []
    for _group, own in collection.table.groupby("group"):
        first = own.iloc[0]
        rows.append(
            {
                "workload": first["problem"],
                "search": first["search"],
                "precision": first["precision"],
                "arithmetic": _arithmetic(own),
                "n": len(own),
                "seeds": seeds_text(own["seed"]).partition(" ")[2],
                "trials": int(own["trials"].sum()),
                "failed trials": int(own["failed_trials"].sum()),
                "epochs": int(own["epochs"].sum()),
                "hardware": hardware_text(collection.of(own)),
            }
        )
    data = pd.DataFrame(rows)
    return ReportTable(
        name="groups",
        caption=f"The {len(data)} groups: n runs each, with their seeds and their hardware.",
        data=data,
        shown=data.astype(str),
        long=True,
    )
