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
from harness.cli.plan import plan
from harness.cli.record import record
from harness.cli.replay import replay
from harness.cli.report import report
from harness.cli.resume import resume
from harness.cli.run import run
from harness.cli.show import show
from harness.cli.streams import make_streams_last
from harness.errors import DISK_IS_FULL, HarnessError

INTERRUPTED = 130
"""The exit code of a command that was interrupted."""

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
app.command()(record)
app.command()(replay)
app.command()(plan)
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
    make_streams_last()
    try:
        code = app(standalone_mode=False)
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
        code = INTERRUPTED
    except Exception as error:
        _end_for_wrong_usage(error)
        raise
    if code == INTERRUPTED:
        print("harness: interrupted", file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _end_for_wrong_usage(error: Exception) -> None:
    """End with one line for what the parser of the command line says, and only for that."""
    # Typer has a parser of its own, or click's: their errors have nothing in common but this.
    if not hasattr(error, "format_message"):
        return
    said = " ".join(str(error.format_message()).split())
    context = getattr(error, "ctx", None)
    if context is None or not said or "\n" in str(error.format_message()).strip():
        error.show()  # type: ignore[attr-defined]
    else:
        stop = "" if said.endswith((".", "?")) else "."
        print(f"harness: {said}{stop} See: {context.command_path} --help", file=sys.stderr)
    sys.exit(getattr(error, "exit_code", 2))
