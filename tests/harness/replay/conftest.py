import dataclasses

import pytest

from harness.replay.table_file import write_table
from harness.testing.tables import rows_of, synthetic_table


@pytest.fixture
def table():
    return synthetic_table(12, 4, seeds=2, steps=8)


@pytest.fixture
def written(tmp_path, table):
    """Write the table, changed on the way; return its path."""

    def write(change=None, name="table.parquet", **about):
        rows = rows_of(table)
        path = tmp_path / name
        changed = rows if change is None else change(rows)
        write_table(path, dataclasses.replace(table.about, **about), changed)
        return path

    return write
