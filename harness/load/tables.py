"""Reads one table of many runs into one frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.load.recorded_run import RecordedRun, UnusableRun, opened_table
from harness.load.table_checks import TABLES, rows_complaint, stray_complaint, stray_epochs
from harness.records.schema import LATER

_TYPES = {
    "string": pa.dictionary(pa.int32(), pa.string()),
    "Int64": pa.int64(),
    "float64": pa.float64(),
}


def read_table(
    runs: Sequence[RecordedRun],
    labels: Sequence[str],
    name: str,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a table of many runs into one frame.

    Text becomes categories and is held once, so that memory grows with the
    numbers only.

    Parameters
    ----------
    runs
        The runs.
    labels
        One name a run, no two alike.
    name
        ``"trials"``, ``"epochs"`` or ``"spans"``.
    columns
        The columns wanted; all of them by default.

    Returns
    -------
    pandas.DataFrame
        Column ``run`` holds the label; then come `columns`, in the types of
        `harness.records.schema` with categories in place of strings.

    Raises
    ------
    UnusableRun
        If a run's table turns out to be damaged as its rows are read.
    """
    schema = TABLES[name]
    wanted = [column for column in schema if columns is None or column in columns]
    text = [column for column in wanted if schema[column] == "string"]
    parts = [_read(run.path, name, text, wanted) for run in runs]
    rows = [part.num_rows for part in parts]
    whole = pa.concat_tables(parts).unify_dictionaries()
    frame: pd.DataFrame = whole.to_pandas(
        ignore_metadata=True,
        types_mapper={pa.int64(): pd.Int64Dtype()}.get,
        split_blocks=True,
        self_destruct=True,
    )
    names = pd.Index(list(labels))
    runs_of_rows = pd.Series(pd.Categorical(names, categories=names)).repeat(rows)
    frame.insert(0, "run", runs_of_rows.reset_index(drop=True))
    return frame


def check_trials_exist(
    runs: Sequence[RecordedRun], trials: pd.DataFrame, epochs: pd.DataFrame
) -> None:
    """Check that the epochs are those of trials.

    Parameters
    ----------
    runs
        The runs.
    trials, epochs
        Their tables, as `read_table` returns them.

    Raises
    ------
    UnusableRun
        If a run has an epoch of a trial that does not exist.
    """
    strays = stray_epochs(trials, epochs)
    if not strays.empty:
        stray = strays.iloc[0]
        run = runs[int(strays["run"].cat.codes.iloc[0])]
        raise UnusableRun(run.path, stray_complaint(str(stray["trial_id"])))


def _read(run: Path, name: str, text: list[str], wanted: list[str]) -> pa.Table:
    schema = TABLES[name]
    with opened_table(run, name) as readable:
        about = pq.read_metadata(readable)
        known = [column for column in text if column in about.schema.names]
        table = pq.ParquetFile(readable, metadata=about, read_dictionary=known).read(columns=wanted)
        wrong = rows_complaint(name, table)
        for column in LATER.intersection(wanted).difference(table.column_names):
            table = table.append_column(column, pa.nulls(table.num_rows, _TYPES[schema[column]]))
        part = _as_schema(table, wanted, schema)
    if wrong is not None:
        raise UnusableRun(run, f"{name}.parquet {wrong}")
    return part


def _as_schema(part: pa.Table, columns: Sequence[str], schema: dict[str, str]) -> pa.Table:
    """Give the columns of one file the types that all files share.

    A column without any value has no type of its own in its file.
    """
    target = pa.schema([(column, _TYPES[schema[column]]) for column in columns])
    return part.select(list(columns)).replace_schema_metadata().cast(target)
