"""The columns of the tables of a run, and their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from harness.records.happenings import EPOCH_FIELDS

FORMAT_VERSION = 1
"""Version of the record format; it changes when a column changes its meaning."""

TRIALS: dict[str, str] = {
    "run_id": "string",
    "trial_id": "string",
    "number": "Int64",
    "member": "Int64",
    "status": "string",
    "reason": "string",
    "error": "string",
    "config": "string",
    "parent_trial_id": "string",
    "parent_epoch": "Int64",
    "epochs": "Int64",
    "start_s": "float64",
    "end_s": "float64",
    "worker": "Int64",
    "best_value": "float64",
    "last_value": "float64",
    "parameters": "Int64",
    "origin": "string",
    "told": "Int64",
    "judged_value": "float64",
    "judged_against": "float64",
}
"""One row a trial; times in seconds after t = 0, `config` as JSON."""

EPOCHS: dict[str, str] = {
    "run_id": "string",
    "trial_id": "string",
    "epoch": "Int64",
    "end_s": "float64",
    **{field.name: field.metadata["column"] for field in EPOCH_FIELDS},
    "worker": "Int64",
    "judged_against": "float64",
}
"""One row an epoch; `value` is the validation metric in its natural direction."""

SPANS: dict[str, str] = {
    "run_id": "string",
    "worker": "Int64",
    "trial_id": "string",
    "kind": "string",
    "start_s": "float64",
    "end_s": "float64",
}
"""One row a span of a slot's time; the spans of a slot neither overlap nor leave gaps."""


LATER = frozenset({"origin", "told", "judged_value", "judged_against"})
"""Columns that files written before them lack: there they are empty, for unknown."""


def with_later_columns(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of an earlier release with all columns of this one."""
    absent = {name: columns[name] for name in columns if name not in frame and name in LATER}
    added = {name: pd.Series(pd.NA, frame.index, kind) for name, kind in absent.items()}
    return frame.assign(**added)


def build_table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a table of exactly `columns`, in their types."""
    frame = pd.DataFrame.from_records(list(rows), columns=list(columns))
    return frame.astype(dict(columns))
