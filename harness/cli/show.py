"""``harness show``: what a run directory holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show(
    run_dir: Annotated[Path, typer.Argument(help="A run directory, finished or still running.")],
    trials: Annotated[int, typer.Option(min=0, help="How many trials to list, best first.")] = 10,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the run into this file (.png, .pdf or .svg).")
    ] = None,
) -> None:
    """Show a run: its best trial, its trials, and where the worker-seconds went.

    Example: harness show runs/20260101-120000-ray-pbt-digits-amp
    """
    from rich.console import Console

    from harness.console.show import print_run

    console = Console()
    print_run(run_dir, console, trials)
    if picture is not None:
        from harness.figures.run_picture import draw_run

        draw_run(run_dir, picture)
        console.print(f"picture: {picture}", highlight=False, soft_wrap=True)
