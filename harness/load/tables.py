"""Reads one table of many runs into one frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.load.recorded_run import TABLES, RecordedRun
from harness.machine.native_files import readable_natively
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
    """
    schema = TABLES[name]
    wanted = [column for column in schema if columns is None or column in columns]
    text = [column for column in wanted if schema[column] == "string"]
    parts = [_read(run.table(name), text, wanted, schema) for run in runs]
    rows = [part.num_rows for part in parts]
    whole = pa.concat_tables(
        [_as_schema(part, wanted, schema) for part in parts]
    ).unify_dictionaries()
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


def _as_schema(part: pa.Table, columns: Sequence[str], schema: dict[str, str]) -> pa.Table:
    """Give the columns of one file the types that all files share.

    A column without any value has no type of its own in its file.
    """
    target = pa.schema([(column, _TYPES[schema[column]]) for column in columns])
    return part.select(list(columns)).replace_schema_metadata().cast(target)


def _read(path: Path, text: list[str], wanted: list[str], schema: dict[str, str]) -> pa.Table:
    with readable_natively(path) as readable:
        about = pq.read_metadata(readable)
        known = [column for column in text if column in about.schema.names]
        table = pq.ParquetFile(readable, metadata=about, read_dictionary=known).read(columns=wanted)
    for column in LATER.intersection(wanted).difference(table.column_names):
        empty = pa.nulls(table.num_rows, _TYPES[schema[column]])
        table = table.append_column(column, empty)
    return table
