"""What the commands that run a search show, while it runs and when it is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from harness.execution import ViewFactory
    from harness.progress import ProgressView
    from harness.resolve import ResolvedRun
    from harness.run_directory import RunDirectory
    from harness.search import RunResult


def progress_view(errors: Console) -> ViewFactory:
    """Return what shows the progress of a search, on the standard error."""
    from harness.progress import ProgressView

    def view(directory: RunDirectory, resolved: ResolvedRun) -> ProgressView:
        errors.print(f"records: {directory.path}", highlight=False, soft_wrap=True)
        for warning in resolved.warnings:
            errors.print(f"warning: {warning}", highlight=False, soft_wrap=True)
        return ProgressView(directory, resolved.config, resolved.workload.metric, errors)

    return view


def tell_outcome(result: RunResult | None, errors: Console, as_json: bool) -> None:
    """Print a finished run, as tables or as its summary; nothing on ranks that are not the root."""
    from rich.console import Console

    from harness.execution import resume_command
    from harness.run_directory import RunDirectory
    from harness.show import print_run

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
