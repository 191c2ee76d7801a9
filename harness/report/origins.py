"""Where the configurations of each search come from."""

from __future__ import annotations

from typing import get_args

from harness.report.collection import Collection
from harness.report.contents import ReportTable
from harness.report.wording import NOTHING
from harness.trial import Origin

UNKNOWN = "unknown"
"""Of trials whose records do not say: those of earlier releases."""


def origins_table(collection: Collection) -> ReportTable | None:
    """Return how many trials of each search come from where; None where no run says it.

    A search by a model none of whose trials comes from one is random search.
    """
    known = collection.origins
    if known.empty:
        return None
    counts = known.pivot_table(index="run", columns="origin", values="trials", fill_value=0)
    joined = collection.table.set_index("run").join(counts)
    words = [word for word in get_args(Origin) if word in counts]
    joined[UNKNOWN] = joined["trials"] - joined[words].fillna(0).sum(axis=1)
    words += [UNKNOWN] if (joined[UNKNOWN] > 0).any() else []
    sums = joined.groupby(["problem", "search", "precision"], sort=False)[["trials", *words]].sum()
    data = sums.astype("int64").reset_index().rename(columns={"problem": "workload"})
    shown = data.astype(str)
    shown[words] = shown[words].replace("0", NOTHING)
    return ReportTable(
        name="origins",
        caption="Where the configurations come from, in trials over all seeds. docs/records.md "
        "says what the words mean. A search whose algorithm has a model, and no trial from "
        "'model', searched at random.",
        data=data,
        shown=shown,
        long=True,
    )
