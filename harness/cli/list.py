"""``harness list``: the backends, algorithms and workloads there are."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class What(str, Enum):
    """What can be listed."""

    backends = "backends"
    algorithms = "algorithms"
    workloads = "workloads"


def list_plugins(
    what: Annotated[
        What | None, typer.Argument(help="What to list; everything if left out.")
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, options and spaces included.")
    ] = False,
) -> None:
    """List backends, algorithms and workloads, plugins included."""
    if json_:
        import json

        from harness.plugins.catalogue import catalogue

        found = catalogue()
        typer.echo(json.dumps(found if what is None else found[what.value], indent=2))
        return
    from rich.console import Console

    from harness.plugins.listing import print_algorithms, print_backends, print_workloads

    console = Console()
    if what in (None, What.backends):
        print_backends(console)
    if what in (None, What.algorithms):
        print_algorithms(console)
    if what in (None, What.workloads):
        print_workloads(console)
