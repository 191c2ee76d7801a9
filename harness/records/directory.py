"""A run directory: what lies where, and how it is created."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from harness.config import ResolvedConfig, read_config_file, resolved_config
from harness.errors import RequestError

INCUMBENTS = "incumbents"
"""Under the checkpoints: the best states, one file a trial."""

STATES = "trials"
"""Under the checkpoints: the states of trials in flight, one directory a trial."""


@dataclass(frozen=True)
class RunDirectory:
    """The files of one run.

    Attributes
    ----------
    path
        The directory itself.
    """

    path: Path

    @property
    def run_id(self) -> str:
        """The run's identifier, the directory's name."""
        return as_utf8(self.path.resolve().name)

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "run.yaml"

    @property
    def environment(self) -> Path:
        """Versions, hardware and launch line."""
        return self.path / "environment.json"

    @property
    def events(self) -> Path:
        """The directory of the event log."""
        return self.path / "events"

    @property
    def checkpoints(self) -> Path:
        """The directory of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def incumbents(self) -> Path:
        """The directory of the best states."""
        return self.checkpoints / INCUMBENTS

    @property
    def states(self) -> Path:
        """The directory of the states of trials in flight."""
        return self.checkpoints / STATES

    @property
    def lock(self) -> Path:
        """The file that says which process is at work on the run."""
        return self.path / ".lock" / "run"

    @property
    def session(self) -> Path:
        """The number of the session that runs, and when the one before it ended."""
        return self.path / "session.json"

    @property
    def tensorboard(self) -> Path:
        """The directory of TensorBoard's scalars, where they were asked for."""
        return self.path / "tensorboard"

    @property
    def summary(self) -> Path:
        """The run's summary."""
        return self.path / "summary.json"

    @property
    def picture(self) -> Path:
        """What the best trial's model does, where the workload can draw it."""
        return self.path / "best.png"

    def table(self, name: str) -> Path:
        """Return the file of the table `name`."""
        return self.path / f"{name}.parquet"

    def read_config(self) -> ResolvedConfig:
        """Return the resolved configuration."""
        return resolved_config(read_config_file(self.config))

    def read_environment(self) -> dict[str, Any]:
        """Return versions, hardware and launch line."""
        return _read_json(self.environment)

    def read_summary(self) -> dict[str, Any]:
        """Return the run's summary."""
        return _read_json(self.summary)


def default_directory(now: datetime, *parts: object) -> Path:
    """Return a new directory under ``runs/`` whose name sorts by time."""
    return Path("runs") / "-".join([now.strftime("%Y%m%d-%H%M%S"), *map(str, parts)])


def create_run_directory(path: Path) -> RunDirectory:
    """Create a run directory.

    Raises
    ------
    RequestError
        If the path holds something already, or cannot be written.
    """
    if path.exists() and not path.is_dir():
        raise RequestError(f"The output '{path}' is a file; give a directory that does not exist.")
    if path.is_dir() and any(path.iterdir()):
        kind = "another run" if (path / "run.yaml").exists() else "other files"
        raise RequestError(f"The output directory '{path}' holds {kind}; give a new one.")
    directory = RunDirectory(path)
    try:
        for folder in (directory.events, directory.incumbents):
            folder.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise RequestError(
            f"The output directory '{path}' cannot be written: {error.strerror}."
        ) from None
    return directory


def open_run_directory(path: Path) -> RunDirectory:
    """Open an existing run directory.

    Raises
    ------
    RequestError
        If `path` is not a run directory.
    """
    directory = RunDirectory(path)
    if not directory.config.is_file():
        raise RequestError(f"'{path}' is not a run directory: it has no run.yaml.")
    return directory


def _read_json(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def write_atomically(path: Path, content: str) -> None:
    """Write a text file that appears only when it is complete."""
    partial = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}")
    partial.write_text(as_utf8(content), encoding="utf-8")
    partial.replace(path)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file that appears only when it is complete."""
    write_atomically(path, json.dumps(values, indent=2) + "\n")


def write_yaml(path: Path, values: Mapping[str, Any]) -> None:
    """Write a YAML file that appears only when it is complete."""
    write_atomically(path, yaml.safe_dump(dict(values), sort_keys=False))


def as_utf8(text: str) -> str:
    """Return text that UTF-8 can hold: names of files may have bytes that Python could not read.

    In a locale that is not UTF-8 these are the names that are.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
