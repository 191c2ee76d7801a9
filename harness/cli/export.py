"""``harness export``: a finished run, for other tools."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Target(str, Enum):
    """Where a run can be exported to."""

    mlflow = "mlflow"
    optuna = "optuna"


def export(
    run_dir: Annotated[Path, typer.Argument(help="The directory of a run that has ended.")],
    to: Annotated[Target, typer.Option(help="Whose format to write.")],
    out: Annotated[
        Path,
        typer.Option(
            help="mlflow: a directory, or a .db file. optuna: a .db file, or a .log journal. "
            "Runs add up in it."
        ),
    ],
) -> None:
    """Export a run to MLflow or to an Optuna study.

    Example: harness export runs/one --to optuna --out studies.db
    """
    from harness.export.finished_run import read_finished_run

    run = read_finished_run(run_dir)
    if to is Target.optuna:
        from harness.export.optuna import export_to_optuna

        command = export_to_optuna(run, out)
    else:
        from harness.export.mlflow import export_to_mlflow

        command = export_to_mlflow(run, out)
    typer.echo(f"{run.run_id}: {len(run.trials)} trials. Open with: {command}")
