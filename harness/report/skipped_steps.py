"""Optimizer steps that the gradient scaler skipped."""

from __future__ import annotations

import pandas as pd

from harness.report.collection import Collection
from harness.report.contents import ReportTable


def skipped_steps_table(collection: Collection) -> ReportTable | None:
    """Return how many steps each search skipped; None where no search skipped any.

    A gradient that is infinite or no number in float16 changes no weight.
    """
    epochs = collection.epochs
    skipped = epochs["skipped_steps"].fillna(0).astype("int64")
    by_run = pd.DataFrame(
        {
            "skipped": skipped.groupby(epochs["run"]).sum(),
            "with": (skipped > 0).groupby(epochs["run"]).sum(),
            "rows": skipped.groupby(epochs["run"]).size(),
        }
    )
    if not int(by_run["skipped"].sum()):
        return None
    joined = collection.table.join(by_run, on="run")
    sums = joined.groupby(["problem", "search", "precision"], sort=False)[
        ["skipped", "with", "rows"]
    ].sum()
    data = sums[sums["skipped"] > 0].astype("int64").reset_index()
    data = data.rename(
        columns={
            "problem": "workload",
            "skipped": "skipped steps",
            "with": "epochs with skipped steps",
            "rows": "epochs",
        }
    )
    return ReportTable(
        name="skipped-steps",
        caption="Optimizer steps that were skipped because a gradient was infinite or no number, "
        "over all seeds. Searches that are not listed skipped none.",
        data=data,
        shown=data.astype(str),
    )
