"""``harness show``: what a run directory holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show(
    run_dir: Annotated[Path, typer.Argument(help="A run directory, finished or still running.")],
    trials: Annotated[int, typer.Option(min=0, help="How many trials to list, best first.")] = 10,
) -> None:
    """Show a run: its best trial, its trials, and where the worker-seconds went.

    Example: harness show runs/20260101-120000-ray-pbt-digits-amp
    """
    from rich.console import Console

    from harness.show import print_run

    print_run(run_dir, Console(), trials)
