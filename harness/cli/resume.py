"""``harness resume``: goes on with a search that was interrupted or died."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.changeable import CHANGEABLE
from harness.cli.completion import complete_resumed_setting
from harness.errors import RequestError


def resume(
    run_dir: Annotated[Path, typer.Argument(help="The directory of a run that was cut off.")],
    workers: Annotated[
        int | None, typer.Option(help="Trials that train at the same time. [as before]")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which this session ends. [as before]")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=f"Another setting that may change: {', '.join(CHANGEABLE)}.",
            autocompletion=complete_resumed_setting,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, and nothing else there.")
    ] = False,
) -> None:
    """Go on with a search that was interrupted or died.

    Finished trials are kept as they are. Trials that were under way go on from
    their last checkpoint; what they had trained beyond it is booked as lost.
    A run that is finished is shown and not changed.

    Example: harness resume runs/20260101-120000-ray-pbt-digits-amp
    """
    from rich.console import Console

    from harness.cli.outcome import progress_view, tell_outcome
    from harness.config import apply_settings, read_config_file
    from harness.records.directory import open_run_directory
    from harness.search import api as search

    errors = Console(stderr=True)
    directory = open_run_directory(run_dir)
    before = read_config_file(directory.config)
    asked: dict[str, Any] = {"engine": before.get("engine", {})}
    apply_settings(asked, set_ or [])
    given = {"workers": workers, "time_limit": time_limit}
    changes = {**asked, **{name: value for name, value in given.items() if value is not None}}
    for name in changes:
        if name not in CHANGEABLE:
            raise RequestError(
                f"'{name}' belongs to the search and cannot change when it is resumed. "
                f"What can: {', '.join(CHANGEABLE)}."
            )
    if search.is_finished(directory):
        errors.print(f"{run_dir} is finished; nothing is left to resume.", highlight=False)
    tell_outcome(search.resume(run_dir, changes, progress_view(errors, None)), errors, json_)
