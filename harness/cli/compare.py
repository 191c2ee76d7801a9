"""``harness compare``: two runs side by side, and what does not compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A finished run directory.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another of the same workload.")],
) -> None:
    """Show two runs side by side, and flag what keeps them from comparing.

    Runs of different workloads or metrics are refused. Any other difference
    that was not meant is flagged, with the reason why it matters.

    Example: harness compare runs/fp32 runs/amp
    """
    from rich.console import Console

    from harness.comparison.side_by_side import print_comparison

    print_comparison(first, second, Console())
