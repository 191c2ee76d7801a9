"""What the columns of a table must hold, so that each training can be searched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from harness.errors import RequestError
from harness.load.fields import HardwareFields, complaint
from harness.machine.arithmetic import Arithmetic
from harness.precision import PRECISIONS
from harness.replay.table import COLUMNS
from harness.space_values import illegality

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

_SECONDS = ("train_s", "data_wait_s", "validate_s", "setup_s", "checkpoint_s")
_LEAST_COUNTS = {
    "ranks": 1,
    "number": 0,
    "seed": 0,
    "epoch": 1,
    "state_bytes": 0,
    "samples": 0,
    "parameters": 0,
    "failed_epoch": 0,
}
_ROW = ["precision", "ranks", "number", "seed", "epoch"]


def checked_rows(
    rows: pd.DataFrame, space: ConfigurationSpace, epochs: int, source: str
) -> pd.DataFrame:
    """Return a table's rows with the columns' own types.

    Parameters
    ----------
    rows
        All columns of `COLUMNS`, as they were read.
    space
        The workload's.
    epochs
        The length of a training.
    source
        What errors call the table.

    Raises
    ------
    RequestError
        If a column holds what no training has, or a row is there twice.
    """
    numbers = {name: _numbers(rows, name, source) for name in COLUMNS if COLUMNS[name] != "string"}
    rows = rows.assign(**numbers)
    for name in _SECONDS:
        _refuse_any(rows, ~(np.isfinite(rows[name]) & (rows[name] >= 0)), "time", name, source)
    for name, least in _LEAST_COUNTS.items():
        counted = np.isfinite(rows[name]) & (rows[name] >= least) & (rows[name] % 1 == 0)
        _refuse_any(rows, ~counted, "count", name, source)
    _refuse_any(rows, rows["failed_epoch"] > epochs, "epoch", "failed_epoch", source)
    for name, known in (("arithmetic", get_args(Arithmetic)), ("precision", tuple(PRECISIONS))):
        _refuse_any(rows, ~rows[name].isin(known), name, name, source)
    _check_texts(rows, space, source)
    rows = rows.astype(COLUMNS)
    twice = rows.duplicated(_ROW)
    if twice.any():
        raise RequestError(
            f"{source} has rows twice, as of {_training(rows[twice].iloc[0])}; record it again."
        )
    return rows


def _numbers(rows: pd.DataFrame, name: str, source: str) -> pd.Series:
    found = pd.to_numeric(rows[name], errors="coerce").astype("float64")
    text = found.isna() & rows[name].notna() & (rows[name].astype(str).str.lower() != "nan")
    if text.any():
        raise RequestError(
            f"{source} has a column '{name}' that holds {rows[name][text].iloc[0]!r}, which is no "
            "number; record it again."
        )
    return found


def _refuse_any(rows: pd.DataFrame, wrong: pd.Series, kind: str, column: str, source: str) -> None:
    if wrong.any():
        row = rows[wrong].iloc[0]
        article = "an" if kind[0] in "aeiou" else "a"
        raise RequestError(
            f"{source} has {article} {kind} that is no {kind}: '{column}' is {row[column]} in "
            f"{_training(row)}."
        )


def _training(row: pd.Series) -> str:
    return f"configuration {row['number']:g} with seed {row['seed']:g}"


def _check_texts(rows: pd.DataFrame, space: ConfigurationSpace, source: str) -> None:
    """Check the columns that hold JSON, each text once."""
    for text in rows["hardware"].unique():
        machine = _object(text)
        is_object = isinstance(machine, dict)
        wrong = complaint(HardwareFields, machine, "it") if is_object else repr(text)
        if wrong is not None:
            raise RequestError(f"{source} names no machine in 'hardware': {wrong}.")
    for text, own in rows.groupby("config", sort=False, dropna=False):
        config = _object(text)
        reason = illegality(space, config) if isinstance(config, dict) else "no configuration"
        if reason is not None:
            raise RequestError(
                f"{source} has a configuration that the space does not have: "
                f"{_training(own.iloc[0])}: {reason}."
            )


def _object(text: Any) -> Any:
    """Return what a text of JSON says, or None."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None
