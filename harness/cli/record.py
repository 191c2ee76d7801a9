"""``harness record``: trainings into a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY|RUN…",
            help="A study file, or directories of finished runs to take trainings from.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The table, a Parquet file in a folder that exists.")],
    processor_seconds: Annotated[
        bool,
        typer.Option(
            "--processor-seconds",
            help="Measure the seconds of a study's table again, in processor time, which other "
            "work on the machine does not lengthen; for one thread of a CPU.",
        ),
    ] = False,
) -> None:
    """Train many configurations whole, once, into a table that replays search many times.

    Example: harness record configs/studies/record-digits.yaml --out digits.parquet

    A study's axes are 'precision' and 'seed'; its 'trials' are how many configurations the
    first seed draws, or 'configurations' lists values of hyperparameters for a grid. The
    trainings run one after the other in this process, so that none disturbs another's
    times. The same command goes on with a recording that was cut off. Directories add the
    whole trainings of finished runs, of any engine, to a table that may exist already.
    """
    from rich.console import Console

    from harness.errors import RequestError

    errors = Console(stderr=True)

    def tell(line: str) -> None:
        errors.print(line, highlight=False, markup=False, soft_wrap=True)

    for source in sources:
        if not source.exists():
            raise RequestError(f"'{source}' does not exist; give a study, or directories of runs.")
    is_study = len(sources) == 1 and sources[0].is_file()
    if not is_study and any(source.is_file() for source in sources):
        raise RequestError("Give one study, or directories of runs, and not both or several.")
    if processor_seconds and not is_study:
        raise RequestError(
            "--processor-seconds trains the configurations of a study again, and runs have none; "
            "give the study, or leave the option out."
        )
    if is_study:
        from harness.replay.plan_of_recording import read_recording
        from harness.replay.record import record as record_trainings
        from harness.report.wording import counted

        if processor_seconds:
            from harness.replay.processor_seconds import measure_again

            measured = measure_again(read_recording(sources[0]), out, tell)
            print(f"the seconds of {measured} configurations measured again in {out}")
            return

        count = record_trainings(read_recording(sources[0]), out, tell)
        print(f"{counted(count, 'training', 'trainings')} in {out}")
        return
    from harness.replay.from_runs import add_runs

    added = add_runs(sources, out)
    for skipped in added.skipped:
        tell(f"skipped: {skipped.path}: {skipped.reason}")
    print(
        f"{added.trainings} trainings added to {out}; "
        f"{added.left_out} trials were not whole and are left out"
    )
