"""``harness run``: one search."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.completion import (
    complete_algorithm,
    complete_backend,
    complete_precision,
    complete_setting,
    complete_workload,
)


def run(
    config: Annotated[
        Path | None, typer.Option(help="YAML file of settings; options given here win.")
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="Engine: ray, deephyper, propulate or a plugin. [ray]",
            autocompletion=complete_backend,
        ),
    ] = None,
    algo: Annotated[
        str | None,
        typer.Option(
            help="Search algorithm; see 'harness list algorithms'. [rand]",
            autocompletion=complete_algorithm,
        ),
    ] = None,
    workload: Annotated[
        str | None,
        typer.Option(
            help="Model, data and search space. [digits]", autocompletion=complete_workload
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="fp32, tf32, amp, amp-fp16 or amp-bf16. [fp32]", autocompletion=complete_precision
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Trials that train at the same time. [cores or GPUs]")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Evaluations; with pbt, members. [from the workload]")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Length of a whole training. [from the workload]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seeds sampling, data split, weights, data order. [0]")
    ] = None,
    ranks_per_trial: Annotated[
        int | None, typer.Option(help="Processes that train one trial together. [1]")
    ] = None,
    checkpoint_interval: Annotated[
        int | None,
        typer.Option(help="Epochs between checkpoints, and between PBT's perturbations. [1]"),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which the search ends. [none]")
    ] = None,
    trial_timeout: Annotated[
        float | None,
        typer.Option(help="Seconds a trial may take at a stretch; then it fails. [none]"),
    ] = None,
    max_retries: Annotated[
        int | None,
        typer.Option(help="How often work goes on after a worker's process died. [1]"),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Root of the data sets. [$HARNESS_DATA]")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run directory. [a new one under runs/]")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other setting, as in --set grace_epochs=2, "
            "--set workload_options.image_size=64, --set engine.islands=2.",
            autocompletion=complete_setting,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print summary.json on stdout, and nothing else there.")
    ] = False,
) -> None:
    """Run one search and write its records into a run directory.

    Example: harness run --backend ray --algo pbt --precision amp

    A search ends with trials.parquet, epochs.parquet, spans.parquet and
    summary.json in the run directory; 'harness show DIR' reads them.
    """
    from rich.console import Console

    from harness.cli.outcome import progress_view, tell_outcome
    from harness.config import build_config
    from harness.search import api as search

    options: dict[str, Any] = {
        "backend": backend,
        "algo": algo,
        "workload": workload,
        "precision": precision,
        "workers": workers,
        "trials": trials,
        "epochs": epochs,
        "seed": seed,
        "ranks_per_trial": ranks_per_trial,
        "checkpoint_interval": checkpoint_interval,
        "time_limit": time_limit,
        "trial_timeout": trial_timeout,
        "max_retries": max_retries,
        "data": data,
    }
    errors = Console(stderr=True)

    asked = build_config(config, options, set_ or [])
    result = search.run(asked, out, progress_view(errors, asked))
    tell_outcome(result, errors, json_)
