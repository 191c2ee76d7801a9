"""``harness bench``: a study, many searches from one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.completion import complete_machine_setting


def bench(
    study: Annotated[Path, typer.Argument(help="The study, a YAML file.")],
    out: Annotated[
        Path | None, typer.Option(help="Directory of the study. [studies/<name>]")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Number the cells and say where each stands.")
    ] = False,
    cell: Annotated[
        int | None, typer.Option(min=0, help="Run this cell only, as a Slurm array task does.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the commands of the cells that would run.")
    ] = False,
    pilot: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Run the first N seeds, and say how many more each question needs, and the hours.",
        ),
    ] = None,
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Run seed by seed until every question is decided or the seeds are used up.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="A study of more than 10,000 combinations is meant.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Root of the data sets. [$HARNESS_DATA]")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting of this machine: device, threads or engine.…, as in "
            "--set engine.address=10.0.0.1:6379.",
            autocompletion=complete_machine_setting,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="With --list: print JSON.")] = False,
) -> None:
    """Run every cell of a study that is not done, each in a process of its own.

    Example: harness bench configs/studies/laptop.yaml --list

    Finished cells are skipped, one that was cut off is resumed, and failed ones are
    tried again, so the same command goes on with a study that was interrupted.
    'harness report DIR' reads the result.
    """
    from rich.console import Console

    from harness.errors import RequestError
    from harness.study.bench import open_bench
    from harness.study.listing import as_json, print_commands, print_table
    from harness.study.machine import machine_settings

    if list_ and dry_run:
        raise RequestError("Give --list or --dry-run, not both.")
    if json_ and not list_:
        raise RequestError("--json belongs to --list.")
    if (pilot is not None or until_decided) and (
        list_ or dry_run or cell is not None or (pilot is not None and until_decided)
    ):
        raise RequestError(
            "--pilot and --until-decided go neither together nor with --cell, --list or --dry-run."
        )
    machine = machine_settings(data, set_ or [])
    opened = open_bench(study, out, machine, cell=cell, allow_many=yes)
    errors = Console(stderr=True)
    if json_:
        print(as_json(opened.statuses, opened.directory))
    elif list_:
        print_table(opened.statuses, f"study {opened.study.name}", Console())
    elif dry_run:
        print_commands(opened.statuses, opened.directory)
    else:

        def tell(line: str) -> None:
            errors.print(line, highlight=False, markup=False, soft_wrap=True)

        if pilot is not None:
            from harness.study.by_seeds import run_pilot

            run_pilot(opened, pilot, tell)
        elif until_decided:
            from harness.study.by_seeds import run_until_decided

            run_until_decided(opened, tell)
        else:
            opened.run(tell)
