"""``harness report``: tables and figures over many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BASELINES = ("fp32", "tf32")
"""Precisions that others are compared with."""


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH…", help="Run directories, or folders that contain them."),
    ],
    out: Annotated[Path, typer.Option(help="Directory to write the report into.")],
    run_pictures: Annotated[
        int, typer.Option(min=0, help="How many single runs to draw: timelines and lineages.")
    ] = 6,
    baseline: Annotated[
        str, typer.Option(help="The precision that others are compared with: fp32 or tf32.")
    ] = "fp32",
) -> None:
    """Turn run directories into one page with tables and figures.

    The page opens without a network. Beside it lie every table as CSV and
    LaTeX and every figure as PNG and PDF. Directories that are no whole runs
    are named and left out.

    Example: harness report runs --out report
    """
    from rich.console import Console

    from harness.cli.steps import shown_steps
    from harness.errors import unknown_name
    from harness.report.wording import counted
    from harness.report.write import write_report

    if baseline not in BASELINES:
        raise unknown_name("baseline", baseline, BASELINES)
    errors = Console(stderr=True)
    with shown_steps(errors, "reading the runs") as tell:
        written = write_report(paths, out, run_pictures, tell, baseline)
    for skipped in written.collection.skipped:
        errors.print(
            f"skipped: {skipped.path}: {skipped.reason}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    console = Console()
    for answer in written.answers:
        for text in (*answer.sentences, answer.missing):
            if text:
                console.print(text, highlight=False, soft_wrap=True, markup=False)
        if answer.undecided:
            console.print(
                f"{answer.question} "
                + counted(len(answer.undecided), "comparison", "comparisons")
                + " undecided; the page has them.",
                highlight=False,
                soft_wrap=True,
            )
    for direction in written.directions:
        console.print(
            f"direction {direction.number}: {direction.verdict}. {direction.why}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    console.print(
        f"report over {counted(len(written.collection.runs), 'run', 'runs')}, "
        f"{counted(len(written.collection.skipped), 'directory', 'directories')} skipped: "
        f"{written.page}",
        highlight=False,
        soft_wrap=True,
    )
