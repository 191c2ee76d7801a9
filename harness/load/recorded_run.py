"""One finished run directory: what it says of itself, and whether it can be used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from harness.errors import RequestError
from harness.machine.native_files import readable_natively
from harness.records.directory import RunDirectory
from harness.records.schema import EPOCHS, FORMAT_VERSION, LATER, SPANS, TRIALS
from harness.records.slot_ledger import KINDS

TABLES: dict[str, dict[str, str]] = {"trials": TRIALS, "epochs": EPOCHS, "spans": SPANS}
"""The tables of a run, and the columns of each."""

_SUMMARY_KEYS = (
    "run_id",
    "status",
    "backend",
    "algo",
    "workload",
    "precision",
    "seed",
    "workers",
    "trials",
    "epochs",
    "runtime_s",
    "metric",
    "mode",
    "best_trial_id",
    "best_value",
    "test_value",
    "utilisation",
    "ledger",
    "hardware",
)

# The pure Python loader takes ten times as long, which a thousand runs would show.
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnusableRun(RequestError):
    """A directory does not hold a run that can be read whole.

    Attributes
    ----------
    path
        The directory.
    reason
        What is wrong with it.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"'{path}' cannot be used: {reason}.")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class RecordedRun:
    """A run directory whose files are all there and agree with one another.

    Attributes
    ----------
    path
        The directory.
    summary, config, environment
        What ``summary.json``, ``run.yaml`` and ``environment.json`` hold.
    samples
        The most samples that an epoch trained on; None if no epoch was trained.
    fingerprint
        A hash of the summary: the same for copies of one run only.
    """

    path: Path
    summary: Mapping[str, Any]
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    samples: int | None
    fingerprint: str

    @property
    def run_id(self) -> str:
        """The run's identifier."""
        return str(self.summary["run_id"])

    def table(self, name: str) -> Path:
        """Return the file of the table `name`."""
        return RunDirectory(self.path).table(name)


def read_recorded_run(path: Path) -> RecordedRun:
    """Read what a finished run says of itself, and check that its tables are whole.

    Raises
    ------
    UnusableRun
        If a file is missing, damaged or of another format, or files disagree.
    """
    directory = RunDirectory(path)
    if not directory.config.is_file():
        raise UnusableRun(path, "it has no run.yaml")
    if not directory.summary.is_file():
        raise UnusableRun(path, "it has no summary.json: the search still runs, or died")
    content = _read(directory.summary, path)
    summary = _json(content, directory.summary, path)
    _check_summary(summary, path)
    environment = directory.environment
    return RecordedRun(
        path=path,
        summary=summary,
        config=_yaml(directory.config, path),
        environment=_json(_read(environment, path), environment, path),
        samples=_check_tables(directory, summary),
        fingerprint=hashlib.sha256(content).hexdigest(),
    )


def incompleteness(run: RecordedRun) -> str | None:
    """Return why a run is not a whole search with a result, or None if it is one."""
    status = run.summary["status"]
    if status != "completed":
        cause = "it is a part of a search" if status == "interrupted" else "the search broke off"
        return f"its status is '{status}': {cause}"
    if run.summary["best_value"] is None:
        return "none of its trials succeeded"
    return None


def _read(file: Path, path: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise UnusableRun(path, f"it has no {file.name}") from None
    except OSError as error:
        raise UnusableRun(path, f"{file.name} cannot be read ({error.strerror})") from None


def _json(content: bytes, file: Path, path: Path) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except ValueError:
        raise UnusableRun(path, f"{file.name} is damaged") from None
    if not isinstance(values, dict):
        raise UnusableRun(path, f"{file.name} is damaged")
    return values


def _yaml(file: Path, path: Path) -> dict[str, Any]:
    try:
        values = yaml.load(_read(file, path), Loader=_YAML_LOADER)
    except yaml.YAMLError:
        raise UnusableRun(path, f"{file.name} is damaged") from None
    if not isinstance(values, dict):
        raise UnusableRun(path, f"{file.name} is damaged")
    return values


def _check_summary(summary: Mapping[str, Any], path: Path) -> None:
    found = summary.get("format")
    if found != FORMAT_VERSION:
        raise UnusableRun(
            path,
            f"its records are of format {'unknown' if found is None else found}, "
            f"and this harness reads format {FORMAT_VERSION}",
        )
    missing = [key for key in _SUMMARY_KEYS if key not in summary]
    if missing:
        raise UnusableRun(path, f"summary.json lacks '{missing[0]}'")
    if not isinstance(summary["ledger"], dict) or set(summary["ledger"]) != set(KINDS):
        raise UnusableRun(path, "the ledger in summary.json is not whole")


def _check_tables(directory: RunDirectory, summary: Mapping[str, Any]) -> int | None:
    samples = None
    for name, columns in TABLES.items():
        file = directory.table(name)
        try:
            with readable_natively(file) as readable:
                metadata = pq.read_metadata(readable)
        except FileNotFoundError:
            raise UnusableRun(directory.path, f"it has no {file.name}") from None
        except (pa.ArrowException, OSError):
            raise UnusableRun(directory.path, f"{file.name} is damaged") from None
        missing = [column for column in columns if column not in {*metadata.schema.names, *LATER}]
        if missing:
            raise UnusableRun(directory.path, f"{file.name} lacks the column '{missing[0]}'")
        expected = summary.get(name, metadata.num_rows)
        if metadata.num_rows != expected:
            raise UnusableRun(
                directory.path,
                f"{file.name} has {metadata.num_rows} rows and summary.json says {expected}",
            )
        if name == "epochs":
            samples = _largest(metadata, "samples")
    return samples


def _largest(metadata: pq.FileMetaData, column: str) -> int | None:
    """Return the largest value of a column from the file's own statistics."""
    index = metadata.schema.names.index(column)
    groups = (metadata.row_group(i).column(index) for i in range(metadata.num_row_groups))
    statistics = (group.statistics for group in groups)
    found = [s.max for s in statistics if s is not None and s.has_min_max]
    return int(max(found)) if found else None
