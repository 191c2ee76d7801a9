"""One finished run directory: what it says of itself, and whether it can be used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel

from harness.errors import RequestError
from harness.load.fields import ConfigFields, EnvironmentFields, SummaryFields, complaint
from harness.load.table_checks import TABLES, footer_complaint
from harness.machine.native_files import readable_natively
from harness.records.directory import RunDirectory
from harness.records.schema import FORMAT_VERSION

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
    _check_format(summary, path)
    _check_fields(SummaryFields, summary, directory.summary, path)
    environment = read_environment(path)
    config = _yaml(directory.config, path)
    _check_fields(ConfigFields, config, directory.config, path)
    return RecordedRun(
        path=path,
        summary=summary,
        config=config,
        environment=environment,
        samples=_check_tables(path, summary),
        fingerprint=hashlib.sha256(content).hexdigest(),
    )


def read_environment(path: Path) -> dict[str, Any]:
    """Read where and with what a run was made.

    Raises
    ------
    UnusableRun
        If the file is missing or damaged.
    """
    file = RunDirectory(path).environment
    environment = _json(_read(file, path), file, path)
    _check_fields(EnvironmentFields, environment, file, path)
    return environment


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


def _check_format(summary: Mapping[str, Any], path: Path) -> None:
    found = summary.get("format")
    if found != FORMAT_VERSION:
        raise UnusableRun(
            path,
            f"its records are of format {'unknown' if found is None else found}, "
            f"and this harness reads format {FORMAT_VERSION}",
        )


def _check_fields(
    fields: type[BaseModel], values: Mapping[str, Any], file: Path, path: Path
) -> None:
    wrong = complaint(fields, values, file.name)
    if wrong is not None:
        raise UnusableRun(path, wrong)


@contextmanager
def opened_table(run: Path, name: str) -> Iterator[Path | BinaryIO]:
    """Open a table of a run for Arrow.

    Raises
    ------
    UnusableRun
        If there is no such file, or what is done with it finds it damaged.
    """
    file = RunDirectory(run).table(name)
    try:
        with readable_natively(file) as readable:
            yield readable
    except FileNotFoundError:
        raise UnusableRun(run, f"it has no {file.name}") from None
    except (pa.ArrowException, OSError):
        raise UnusableRun(run, f"{file.name} is damaged") from None


def _check_tables(path: Path, summary: Mapping[str, Any]) -> int | None:
    """Check the footers of all tables; return the most samples of an epoch."""
    footers = {name: _checked_footer(path, name, summary) for name in TABLES}
    return _largest(footers["epochs"], "samples")


def _checked_footer(path: Path, name: str, summary: Mapping[str, Any]) -> pq.FileMetaData:
    with opened_table(path, name) as readable:
        footer = pq.read_metadata(readable)
        wrong = footer_complaint(name, footer)
    if wrong is not None:
        raise UnusableRun(path, f"{name}.parquet {wrong}")
    expected = summary.get(name, footer.num_rows)
    if footer.num_rows != expected:
        raise UnusableRun(
            path,
            f"{name}.parquet has {footer.num_rows} rows and summary.json says {expected}",
        )
    return footer


def _largest(metadata: pq.FileMetaData, column: str) -> int | None:
    """Return the largest value of a column from the file's own statistics."""
    index = metadata.schema.names.index(column)
    groups = (metadata.row_group(i).column(index) for i in range(metadata.num_row_groups))
    statistics = (group.statistics for group in groups)
    found = [s.max for s in statistics if s is not None and s.has_min_max]
    return int(max(found)) if found else None
