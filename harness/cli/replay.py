"""``harness replay``: a search in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.completion import complete_algorithm, complete_backend, complete_setting


def replay(
    table: Annotated[
        Path | None,
        typer.Option(
            help="Recorded trainings, from 'harness record', or the name of a table in the "
            "package: digits, cifar10. [digits]"
        ),
    ] = None,
    closed_form: Annotated[
        str | None,
        typer.Option(
            metavar="WORKLOAD",
            help="A workload that computes its learning curve, in place of a table, as in "
            "harness.testing.workloads:AnalyticWorkload; --set closed_form.epoch_s=… says what it "
            "takes.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory of the run directories, one a seed.")
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="Engine: ray, deephyper, propulate. [ray]", autocompletion=complete_backend
        ),
    ] = None,
    algo: Annotated[
        str | None, typer.Option(help="Search algorithm. [rand]", autocompletion=complete_algorithm)
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Virtual slots, up to thousands.")] = None,
    trials: Annotated[int | None, typer.Option(help="Evaluations.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds: 0-99, or 0,3,5.")] = "0",
    epochs: Annotated[
        int | None, typer.Option(help="Length of a training. [all that was recorded]")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Which trainings of the table. [its first]")
    ] = None,
    ranks_per_trial: Annotated[
        int | None,
        typer.Option(help="Ranks a trial; more than recorded need --set costs.serial_share."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other setting, as in --set grace_epochs=2, --set engine.islands=2, "
            "--set costs.trial_s=0.01.",
            autocompletion=complete_setting,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print the summaries on stdout, and nothing else there.")
    ] = False,
) -> None:
    """Run a search through the real engine on a virtual clock, against recorded trainings.

    Example: harness replay --backend deephyper --algo asha --workers 64 --trials 512
    --seeds 0-99 --out replays

    Nothing trains and nobody sleeps: the engine's own scheduler, searcher and loop run in
    this process, and time goes from event to event. 'rand' and 'asha' are exact on any table,
    the others on one that is a whole grid; elsewhere those ask a surrogate whose error is
    printed. 'pbt' and 'pb2' need trainings in closed form. Records have the usual form and
    carry "virtual": true; 'harness report' never mixes them with real runs. Costs of engine
    and machine are nothing unless --set costs.… gives them.
    """
    from rich.console import Console

    from harness.cli.virtual_outcome import tell_replays
    from harness.errors import RequestError
    from harness.replay.ask import replay_as_asked
    from harness.replay.seeds import parse_seeds

    if out is None:
        raise RequestError("Say where the records go: --out DIR.")
    options: dict[str, Any] = {
        "backend": backend,
        "algo": algo,
        "workers": workers,
        "trials": trials,
        "epochs": epochs,
        "precision": precision,
        "ranks_per_trial": ranks_per_trial,
    }
    errors = Console(stderr=True)
    summaries = replay_as_asked(
        options,
        set_ or [],
        table,
        parse_seeds(seeds),
        out,
        lambda line: errors.print(line, highlight=False, markup=False, soft_wrap=True),
        closed_form,
    )
    tell_replays(summaries, out, json_)
