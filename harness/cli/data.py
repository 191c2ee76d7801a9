"""``harness data``: generated data, for where there are no real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.errors import RequestError

_AXES = 3


def data(
    workload: Annotated[str, typer.Argument(help="The workload the data are for, as in 'cfd'.")],
    out: Annotated[Path, typer.Option(help="Directory to write into; then pass it as --data.")],
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Say that the data are to be synthetic.")
    ] = False,
    snapshots: Annotated[
        int | None, typer.Option(help="Number of snapshots. [from the workload]")
    ] = None,
    shape: Annotated[
        str | None,
        typer.Option(metavar="Z,Y,X", help="Cells of a snapshot. [from the workload]"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seeds the generator. [0]")] = None,
) -> None:
    """Write synthetic data, labelled as such, that a workload can be run on.

    Example: harness data cfd --synthetic --out flow
    """
    if not synthetic:
        raise RequestError(
            "Only synthetic data can be generated; add --synthetic to say that this is wanted."
        )
    from harness.plugins.loading import load_workload

    asked: dict[str, Any] = {
        "snapshots": snapshots,
        "shape": None if shape is None else _shape(shape),
        "seed": seed,
    }
    options = {name: value for name, value in asked.items() if value is not None}
    files = load_workload(workload, {}).generate_data(out, **options)
    typer.echo(f"Wrote {len(files)} files of synthetic data. Use them with --data {out}")


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(cells) for cells in text.split(","))
    except ValueError:
        shape = ()
    if len(shape) != _AXES:
        raise RequestError(f"--shape takes three numbers, as in 48,33,48, not '{text}'.")
    return shape
