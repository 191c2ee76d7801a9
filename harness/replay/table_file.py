"""Reads and writes tables of trainings: Parquet, and what they are in the file's metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from harness.errors import RequestError, describe_validation
from harness.plugins.loading import load_workload
from harness.replay.curve import Curve
from harness.replay.table import (
    COLUMNS,
    FORMAT_VERSION,
    About,
    RecordedTraining,
    TrainingTable,
    check_trainings,
)
from harness.replay.table_check import checked_rows
from harness.space import describe_space
from harness.space_values import own_configuration

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

_KEY = b"hpo-harness trainings"
_ABOUT = TypeAdapter(About)
_SPACE_PARTS = ("hyperparameters", "conditions", "forbiddens")


def write_table(path: Path, about: About, rows: pd.DataFrame) -> None:
    """Write a table; the file appears only when it is complete.

    Parameters
    ----------
    path
        The file.
    about
        What it says of itself.
    rows
        The columns of `COLUMNS`.
    """
    ordered = rows[list(COLUMNS)].astype(COLUMNS)
    ordered = ordered.sort_values(["precision", "ranks", "number", "seed", "epoch"])
    table = pa.Table.from_pandas(ordered, preserve_index=False)
    described = json.dumps({"format": FORMAT_VERSION, **asdict(about)}, sort_keys=True)
    table = table.replace_schema_metadata({_KEY: described.encode()})
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, partial, compression="zstd")
    partial.replace(path)


def read_about(path: Path) -> About:
    """Return what a table says of itself.

    Raises
    ------
    RequestError
        If the file is no table of trainings of a format that is known here.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
    except FileNotFoundError:
        raise RequestError(f"The table '{path}' does not exist.") from None
    except (OSError, pa.ArrowException):
        raise RequestError(
            f"'{path}' is no table of trainings; harness record makes one."
        ) from None
    if _KEY not in metadata:
        raise RequestError(f"'{path}' is no table of trainings; harness record makes one.")
    try:
        described = dict(json.loads(metadata[_KEY]))
    except (TypeError, ValueError):
        raise RequestError(
            f"What the table '{path}' says of itself is damaged; record it again."
        ) from None
    written = described.pop("format", None)
    if written != FORMAT_VERSION:
        raise RequestError(
            f"The table '{path}' has format {written!r}, and this version reads "
            f"{FORMAT_VERSION!r}; record it again."
        )
    try:
        return _ABOUT.validate_python(described)
    except ValidationError as error:
        raise RequestError(
            f"What the table '{path}' says of itself is damaged: {describe_validation(error)} "
            "Record it again."
        ) from None


def read_rows(path: Path) -> pd.DataFrame:
    """Return a table's rows.

    Raises
    ------
    RequestError
        If a column is missing.
    """
    rows: pd.DataFrame = pq.read_table(path).to_pandas()
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise RequestError(f"The table '{path}' has no column '{missing[0]}'; record it again.")
    return rows


def read_table(
    path: Path,
    precision: str | None = None,
    epochs: int | None = None,
    ranks: int | None = None,
) -> TrainingTable:
    """Read the trainings of one precision, and check them.

    Parameters
    ----------
    path
        The file.
    precision
        Which ones; by default that of the first rows.
    epochs
        How many of a training's epochs are looked at; by default all.
    ranks
        Of trainings on how many ranks; by default the fewest.

    Raises
    ------
    RequestError
        If the table is not whole, or not of the workload that is installed here.
    """
    about, rows, source = read_about(path), read_rows(path), f"The table '{path}'"
    space = _checked_space(about, source)
    if rows.empty:
        raise RequestError(f"{source} holds no training.")
    rows = checked_rows(rows, space, about.epochs, source)
    precision = precision or str(rows["precision"].iloc[0])
    rows = _chosen(rows, "precision", precision, source)
    ranks = ranks or int(rows["ranks"].min())
    rows = _chosen(rows, "ranks", ranks, source)
    if epochs is not None and epochs > about.epochs:
        raise RequestError(f"{source} has trainings of {about.epochs} epochs, not of {epochs}.")
    length = epochs or about.epochs
    trainings = tuple(_trainings(rows[rows["epoch"] <= length], space))
    check_trainings(trainings, length, source)
    return TrainingTable(
        about,
        precision,
        ranks,
        trainings,
        tuple(sorted(rows["hardware"].unique())),
        "emulated" if (rows["arithmetic"] == "emulated").any() else "native",
    )


def _chosen(rows: pd.DataFrame, column: str, value: Any, source: str) -> pd.DataFrame:
    chosen: pd.DataFrame = rows[rows[column] == value]
    if chosen.empty:
        known = ", ".join(map(str, sorted(rows[column].unique()))) or "nothing"
        more = " More of them need --set costs.serial_share=0.1." if column == "ranks" else ""
        raise RequestError(
            f"{source} has no trainings with {column} {value}; it has: {known}.{more}"
        )
    return chosen


def _trainings(rows: pd.DataFrame, space: ConfigurationSpace) -> Iterable[RecordedTraining]:
    ordered = rows.sort_values(["number", "seed", "epoch"])
    for _, own in ordered.groupby(["number", "seed"], sort=False):
        first = own.iloc[0]
        # Epochs are counted: one that is missing makes the training too short.
        own = own[own["epoch"].to_numpy() == np.arange(1, len(own) + 1)]
        yield RecordedTraining(
            int(first["number"]),
            int(first["seed"]),
            own_configuration(space, json.loads(first["config"])),
            Curve(
                values=tuple(own["value"].tolist()),
                test_values=tuple(own["test_value"].tolist()),
                train_losses=tuple(own["train_loss"].tolist()),
                train_s=tuple(own["train_s"].tolist()),
                validate_s=tuple(own["validate_s"].tolist()),
                data_wait_s=tuple(own["data_wait_s"].tolist()),
                setup_s=float(first["setup_s"]),
                checkpoint_s=float(first["checkpoint_s"]),
                state_bytes=int(first["state_bytes"]),
                samples=int(first["samples"]),
                parameters=int(first["parameters"]),
                failed_epoch=int(first["failed_epoch"]),
            ),
        )


def _checked_space(about: About, source: str) -> ConfigurationSpace:
    """Return the workload's space, which must be the table's, as must be the metric."""
    workload = load_workload(about.workload, dict(about.workload_options))
    metric = workload.metric
    if (about.metric, about.mode) != (metric.name, metric.mode):
        raise RequestError(
            f"{source} was recorded by another metric than workload '{about.workload}' has here: "
            f"{about.metric} ({about.mode}), not {metric.name} ({metric.mode}). Record it again."
        )
    space = workload.space()
    difference = _difference(_comparable(about.space), _comparable(describe_space(space)))
    if difference is not None:
        raise RequestError(
            f"{source} was recorded in another space than workload '{about.workload}' has here: "
            f"{difference} differs. Record it again."
        )
    return space


def _comparable(space: Mapping[str, Any]) -> dict[str, Any]:
    plain = json.loads(json.dumps({part: space.get(part) for part in _SPACE_PARTS}))
    listed = plain.pop("hyperparameters")
    entries = listed if isinstance(listed, list) else []
    named = {str(entry.get("name")): entry for entry in entries if isinstance(entry, dict)}
    return {**named, **plain}


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    return next(
        (f"'{name}'" for name in {**one, **other} if one.get(name) != other.get(name)), None
    )
