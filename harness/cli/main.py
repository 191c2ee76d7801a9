"""The ``harness`` command."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from harness.cli.bench import bench
from harness.cli.compare import compare
from harness.cli.data import data
from harness.cli.doctor import doctor
from harness.cli.export import export
from harness.cli.list import list_plugins
from harness.cli.report import report
from harness.cli.resume import resume
from harness.cli.run import run
from harness.cli.show import show
from harness.errors import DISK_IS_FULL, HarnessError

app = typer.Typer(
    name="harness",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        from harness import __version__

        print(f"hpo-harness {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Compare hyperparameter-optimization engines, algorithms and precisions.

    Start with: harness run --backend ray --algo pbt --precision amp
    """


app.command()(run)
app.command()(resume)
app.command()(bench)
app.command()(show)
app.command()(report)
app.command()(compare)
app.command()(export)
app.command("list")(list_plugins)
app.command()(doctor)
app.command()(data)


def main() -> None:
    """Run the command line; an error the user can mend is one line on stderr."""
    # A shell that starts a command in the background has it ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except HarnessError as error:
        if str(error):
            print(f"harness: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK_IS_FULL:
            raise
        where = f" ({error.filename})" if error.filename else ""
        print(f"harness: The disk is full{where}. Make room and try again.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("harness: interrupted", file=sys.stderr)
        sys.exit(130)
