"""What the commands that run a search show, while it runs and when it is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from harness.config import RunConfig
    from harness.console.progress import ProgressView
    from harness.records.directory import RunDirectory
    from harness.search.api import RunResult
    from harness.search.execution import ViewFactory
    from harness.search.resolve import ResolvedRun
    from harness.workload import Workload


def progress_view(errors: Console, asked: RunConfig | None) -> ViewFactory:
    """Return what shows the progress of a search, on the standard error.

    Parameters
    ----------
    errors
        The standard error.
    asked
        What the user asks for, who knows that a size he chose takes time; None for a
        search that goes on.
    """
    from harness.console.progress import ProgressView

    def view(directory: RunDirectory, resolved: ResolvedRun) -> ProgressView:
        errors.print(f"records: {directory.path}", highlight=False, soft_wrap=True)
        for warning in resolved.warnings:
            errors.print(f"warning: {warning}", highlight=False, soft_wrap=True)
        metric, shorter = resolved.workload.metric, _shorter(asked, resolved.workload)
        return ProgressView(directory, resolved.config, metric, errors, shorter=shorter)

    return view


def _shorter(asked: RunConfig | None, workload: Workload) -> str:
    """Return the settings that make a search shorter, unless its size was chosen."""
    if asked is None or asked.trials or asked.epochs or asked.time_limit or asked.workload_options:
        return ""
    options = [f"--set workload_options.{name}" for name in workload.size_options]
    *others, last = ["--time-limit", "--trials", "--epochs", *options]
    return f"{', '.join(others)} and {last}"


def tell_outcome(result: RunResult | None, errors: Console, as_json: bool) -> None:
    """Print a finished run, as tables or as its summary; nothing on ranks that are not the root."""
    from rich.console import Console

    from harness.console.show import print_run
    from harness.records.directory import RunDirectory
    from harness.search.process import resume_command

    if result is None:
        return
    if as_json:
        print(json.dumps(result.summary, indent=2))
    else:
        print_run(result.directory, Console())
    unfinished = result.summary.get("unfinished_trials")
    if unfinished:
        errors.print(
            f"The time limit left {unfinished} trials unfinished. "
            f"To go on: {resume_command(RunDirectory(result.directory))}",
            highlight=False,
            soft_wrap=True,
        )
