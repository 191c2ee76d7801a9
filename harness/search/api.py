"""Runs one search, from the request to its summary, or goes on with one that was cut off."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backend import Backend
from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import SearchFailed
from harness.load.fields import whole_summary
from harness.records.directory import RunDirectory, open_run_directory
from harness.search.execution import Prepared, ViewFactory, carry_out
from harness.search.prepare import prepare, prepare_resumed
from harness.search.sessions import held_run, wait_for_writers


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes
    ----------
    directory
        Its run directory.
    summary
        What ``summary.json`` holds.
    """

    directory: Path
    summary: dict[str, Any]

    def __repr__(self) -> str:
        told = self.summary
        return (
            f"RunResult('{self.directory}': {told.get('status')}, "
            f"{told.get('trials')} trials, best {told.get('metric')} {told.get('best_value')})"
        )


def run(
    config: RunConfig,
    out: str | os.PathLike[str] | None = None,
    view: ViewFactory | None = None,
) -> RunResult | None:
    """Run one search.

    Parameters
    ----------
    config
        The request.
    out
        The run directory; by default a new one under ``runs/``.
    view
        Shows the progress; nothing is shown by default.

    Returns
    -------
    RunResult or None
        The finished run; None on the ranks of an MPI job that are not its root.

    Raises
    ------
    RequestError
        If the request is wrong; nothing has been searched then.
    SearchFailed
        If no trial succeeded.
    WorkerLost
        If a rank of the search died.
    Interrupted
        If the search was asked to end.
    """

    def begin(
        held: ExitStack, backend: Backend, workers: int | None, ranks: int | None
    ) -> Prepared:
        path = None if out is None else Path(out)
        resolved, directory = prepare(config, path, workers, ranks, backend)
        held.enter_context(held_run(directory))
        return resolved, directory

    return _result(carry_out(config, begin, view))


def resume(
    path: str | os.PathLike[str],
    changes: Mapping[str, Any] | None = None,
    view: ViewFactory | None = None,
) -> RunResult | None:
    """Go on with a search that was interrupted or died, from what it left.

    Parameters
    ----------
    path
        The run directory.
    changes
        Settings that may differ from the earlier sessions': `workers`,
        `threads`, `time_limit`, `trial_timeout`, `max_retries` and `engine`.
    view
        Shows the progress; nothing is shown by default.

    Returns
    -------
    RunResult or None
        As for `run`. A run that is finished is returned as it is.

    Raises
    ------
    RequestError
        If `path` is not a run, or a process is at work on it.
    SearchFailed, WorkerLost, Interrupted
        As for `run`.
    """
    directory = open_run_directory(Path(path))
    config = validate_config({**read_config_file(directory.config), **(changes or {})})
    if is_finished(directory):
        return _result(directory)

    def go_on(
        held: ExitStack, backend: Backend, workers: int | None, ranks: int | None
    ) -> Prepared:
        last_alive = held.enter_context(held_run(directory))
        wait_for_writers(directory)
        return prepare_resumed(config, directory, last_alive, workers, ranks, backend)

    return _result(carry_out(config, go_on, view))


def is_finished(directory: RunDirectory) -> bool:
    """Whether nothing of a run is left to search."""
    summary = whole_summary(directory)
    if summary is None:
        return False
    return summary["status"] == "completed" and not summary.get("unfinished_trials")


def _result(directory: RunDirectory | None) -> RunResult | None:
    if directory is None:
        return None
    summary = directory.read_summary()
    if summary["best_trial_id"] is None:
        limited = read_config_file(directory.config).get("time_limit") is not None
        if limited and summary["first_error"] is None and summary.get("unfinished_trials"):
            raise SearchFailed(
                "No trial trained an epoch within the time limit. To go on with another one: "
                f"harness resume {directory.path} --time-limit SECONDS"
            )
        cause = summary["first_error"] or "no trial trained an epoch"
        raise SearchFailed(
            f"No trial succeeded; the first cause: {cause}. See: harness show {directory.path}"
        )
    return RunResult(directory.path, summary)
