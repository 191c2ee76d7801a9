"""What the columns of a run's tables must hold, checked in a file's footer and in its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic_core import from_json

from harness.records.schema import EPOCHS, LATER, SPANS, TRIALS
from harness.records.slot_ledger import KINDS

TABLES: dict[str, dict[str, str]] = {"trials": TRIALS, "epochs": EPOCHS, "spans": SPANS}
"""The tables of a run, and the columns of each."""


@dataclass(frozen=True)
class _Rule:
    """What readers rely on in a column: the least number, and whether each row has one."""

    least: float | None = None
    required: bool = True


_RULES: dict[str, dict[str, _Rule]] = {
    "trials": {
        "trial_id": _Rule(),
        "status": _Rule(),
        "config": _Rule(),
        "number": _Rule(0, required=False),
        "member": _Rule(0, required=False),
        "epochs": _Rule(0),
        "end_s": _Rule(0, required=False),
        "parameters": _Rule(0, required=False),
    },
    "epochs": {
        "trial_id": _Rule(),
        "config": _Rule(),
        "epoch": _Rule(1),
        **{name: _Rule(0) for name in EPOCHS if name.endswith("_s")},
        "skipped_steps": _Rule(0, required=False),
        "samples": _Rule(0, required=False),
    },
    "spans": {"worker": _Rule(0), "kind": _Rule(), "start_s": _Rule(0), "end_s": _Rule(0)},
}

_WORDS = {
    "kind": frozenset(KINDS),
    "status": frozenset({"running", "paused", "completed", "stopped", "failed", "lost"}),
}
"""Columns that hold one of a few words."""


@dataclass(frozen=True)
class _Extent:
    """How many rows of a column are empty or no number, and its least and largest number."""

    empty: int
    least: Any = None
    most: Any = None


def footer_complaint(name: str, metadata: pq.FileMetaData) -> str | None:
    """Return what is wrong with the columns of a table by its file's footer alone.

    Parameters
    ----------
    name
        The table.
    metadata
        The footer; a file's statistics do not tell numbers from NaN.
    """
    schema = metadata.schema.to_arrow_schema()
    for column, kind in TABLES[name].items():
        place = schema.get_field_index(column)
        if place < 0:
            if column not in LATER:
                return f"lacks the column '{column}'"
            continue
        if not _holds(kind, schema.field(place).type):
            return f"has another type in the column '{column}': {schema.field(place).type}"
    return _first_broken(name, _footer_extents(name, metadata))


def rows_complaint(name: str, table: pa.Table) -> str | None:
    """Return what is wrong with the rows of a table, in the columns that were read."""
    rules = _RULES[name]
    extents = {
        column: _extent_of(table.column(column), rules[column])
        for column in table.column_names
        if column in rules
    }
    return _first_broken(name, extents) or _text_complaint(table)


def stray_complaint(trial_id: str) -> str:
    """Return what is wrong with epochs of a trial that does not exist."""
    return f"epochs.parquet has an epoch of '{trial_id}', which is none of the trials"


def stray_epochs(trials: pd.DataFrame, epochs: pd.DataFrame) -> pd.DataFrame:
    """Return the epochs of trials that do not exist.

    Parameters
    ----------
    trials, epochs
        The tables of one run or many, with the columns ``run`` and ``trial_id`` as categories.
    """
    names = trials["trial_id"].cat.categories
    # Of what is no category of the trials the place is -1.
    places = names.get_indexer(epochs["trial_id"].cat.categories)
    own = places[epochs["trial_id"].cat.codes]
    keys = epochs["run"].cat.codes.to_numpy("int64") * len(names) + own
    known = trials["run"].cat.codes.to_numpy("int64") * len(names) + trials["trial_id"].cat.codes
    return epochs[(own < 0) | ~np.isin(keys, known)]


def _text_complaint(table: pa.Table) -> str | None:
    for column, words in _WORDS.items():
        if column in table.column_names:
            unknown = set(_distinct(table.column(column))) - words
            if unknown:
                return f"has '{min(unknown)}' in the column '{column}'"
    if "config" in table.column_names and not _all_configurations(table.column("config")):
        return "has a configuration that is no JSON"
    return None


def _all_configurations(column: pa.ChunkedArray) -> bool:
    texts = _distinct(column)
    try:
        # All at once takes a fraction of the time.
        values = from_json(f"[{','.join(texts)}]")
    except ValueError:
        return False
    return len(values) == len(texts) and all(isinstance(value, dict) for value in values)


def _distinct(column: pa.ChunkedArray) -> list[str]:
    if not pa.types.is_dictionary(column.type):
        return list(pc.unique(column).to_pylist())
    # To list the values of such a column themselves takes thirty times as long.
    return [text for chunk in column.chunks for text in chunk.dictionary.to_pylist()]


@cache
def _holds(kind: str, found: pa.DataType) -> bool:
    types = pa.types
    # A column without any value has no type of its own, or that of floats.
    if types.is_null(found):
        return True
    if kind == "string":
        text = types.is_string(found) or types.is_large_string(found) or types.is_string_view(found)
        return bool(text or types.is_dictionary(found))
    return bool(types.is_integer(found) or types.is_floating(found))


def _footer_extents(name: str, metadata: pq.FileMetaData) -> dict[str, _Extent]:
    places = {column: place for place, column in enumerate(metadata.schema.names)}
    extents: dict[str, _Extent] = {}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in _RULES[name]:
            chunk = group.column(places[column])
            statistics = chunk.statistics
            if statistics is None:
                continue
            empty = statistics.null_count if statistics.has_null_count else 0
            bounds = (statistics.min, statistics.max) if statistics.has_min_max else (None, None)
            extents[column] = _joined(extents.get(column), _Extent(empty, *bounds))
    return extents


def _joined(one: _Extent | None, other: _Extent) -> _Extent:
    if one is None:
        return other
    least = [value for value in (one.least, other.least) if value is not None]
    most = [value for value in (one.most, other.most) if value is not None]
    return _Extent(
        one.empty + other.empty,
        min(least, default=None),
        max(most, default=None),
    )


def _extent_of(column: pa.ChunkedArray, rule: _Rule) -> _Extent:
    if rule.least is None or not len(column) or pa.types.is_null(column.type):
        return _Extent(column.null_count)
    numbers = column.to_numpy()
    empty = np.isnan(numbers) if numbers.dtype.kind == "f" else np.zeros(len(numbers), bool)
    known = numbers[~empty] if empty.any() else numbers
    if not len(known):
        return _Extent(len(numbers))
    return _Extent(int(empty.sum()), known.min(), known.max())


def _first_broken(name: str, extents: Mapping[str, _Extent]) -> str | None:
    for column, extent in extents.items():
        rule = _RULES[name][column]
        if rule.required and extent.empty:
            return f"lacks values in the column '{column}'"
        if rule.least is None or extent.least is None:
            continue
        if extent.least < rule.least:
            return f"has {extent.least:g} in the column '{column}'"
        if not math.isfinite(extent.most):
            return f"has {extent.most:g} in the column '{column}'"
    return None
