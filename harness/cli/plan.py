"""``harness plan``: what a search will take, before the cluster is booked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plan(
    out: Annotated[Path, typer.Option(help="Directory of the page, its picture and tables.")],
    table: Annotated[
        Path | None,
        typer.Option(
            help="Recorded trainings, from 'harness record', or the name of a table in the "
            "package: digits, cifar10. [digits]"
        ),
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENGINE:ALGORITHM",
            help="A search to look at; may be repeated. [deephyper:rand and deephyper:asha]",
        ),
    ] = None,
    workers: Annotated[
        str, typer.Option(help="Numbers of workers; those above --trials are left out.")
    ] = "1,2,4,8,16",
    ranks_per_trial: Annotated[str, typer.Option(help="Numbers of ranks a trial.")] = "1",
    trials: Annotated[int, typer.Option(min=1, help="Evaluations of each search.")] = 64,
    seeds: Annotated[
        int,
        typer.Option(
            min=1,
            help="Searches of each cell; 20 bear a 5th and a 95th percentile, 36 can show that "
            "90 % reach a target.",
        ),
    ] = 40,
    target: Annotated[
        float | None, typer.Option(help="A validation value to reach at the least cost.")
    ] = None,
    precision: Annotated[
        list[str] | None, typer.Option(help="Precisions; may be repeated. [all of the table]")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="costs.KEY=VALUE",
            help="Costs of engine and machine, as in --set costs.startup_s=30.",
        ),
    ] = None,
) -> None:
    """Predict runtime, device-hours and quality of searches, from recorded trainings.

    Example: harness plan --target 0.97 --workers 1,2,4,8,16,32 --out plan

    Each cell (engine, algorithm, precision, workers, ranks a trial) is searched many times
    in virtual time. The page says what is measured, what is assumed and what cannot be
    known; without --set the engines cost no time, and more workers slow nobody down. Times
    of emulated trainings are not given.
    """
    from rich.console import Console

    from harness.replay.planning.ask import plan_as_asked

    errors = Console(stderr=True)
    page, said = plan_as_asked(
        table,
        search or ["deephyper:rand", "deephyper:asha"],
        workers,
        ranks_per_trial,
        trials,
        seeds,
        target,
        precision or [],
        set_ or [],
        out,
        lambda line: errors.print(line, highlight=False, markup=False, soft_wrap=True),
    )
    for line in said:
        print(line)
    print(f"plan: {page}")
