"""``harness doctor``: what this machine and this installation can do."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    seconds: Annotated[
        float, typer.Option(min=0.05, help="Time to spend on each speed measurement.")
    ] = 0.5,
    json_: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what is installed, which precisions the hardware has, and how fast each is."""
    from rich.console import Console

    from harness.cli.steps import shown_steps
    from harness.console.doctor import examine, print_examination

    with shown_steps(Console(stderr=True), "looking at the hardware") as tell:
        examination = examine(seconds, tell)
    if json_:
        import json

        print(json.dumps(examination, indent=2))
    else:
        print_examination(examination, Console())
