"""Where tables and replays are to be written, checked before time is spent on them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness.errors import RequestError


def check_folder(out: Path) -> None:
    """Check that replays do not come to lie among other files.

    Raises
    ------
    RequestError
        If something is there already that is no empty folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RequestError(f"The output '{out}' holds other files; give a new directory.")


def check_place(out: Path) -> None:
    """Check that a table can be written.

    Raises
    ------
    RequestError
        If its folder does not exist or takes no file, or something else is in its place.
    """
    if out.is_dir():
        raise RequestError(
            f"'{out}' is a folder; give --out a file, as in '{out / 'table.parquet'}'."
        )
    if out.exists() and not out.is_file():
        raise RequestError(f"'{out}' is no file that a table can replace; give another --out.")
    folder = out.resolve().parent
    if not folder.is_dir():
        raise RequestError(f"The folder of '{out}' does not exist; make it, or give another --out.")
    try:
        # Permissions alone do not say it: root passes them, and a file system may be read-only.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RequestError(
            f"The folder of '{out}' takes no file: {error.strerror}; give another --out."
        ) from None
