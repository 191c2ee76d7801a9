"""The errors a user can cause, each with the exit code of the command line."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

DISK_IS_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when a disk or a quota is full."""

LONGEST_MESSAGE = 300
"""Characters of another library's message that are shown; files hold the whole of it."""


class HarnessError(Exception):
    """An error that is told in one line, without a traceback."""

    exit_code = 1


class RequestError(HarnessError):
    """The request is wrong; the message says what, and what would be right."""

    exit_code = 2


class DataError(RequestError):
    """The data a workload was pointed at is missing, damaged or of the wrong shape."""


class EngineMissing(RequestError):
    """A backend's engine is not installed."""


class OutOfTime(HarnessError):
    """The time limit was reached before a search could begin, or go on."""

    exit_code = 4


class SearchFailed(HarnessError):
    """A search ended without one successful trial."""

    exit_code = 3


class SearchBroken(HarnessError):
    """A backend raised an error that is none of the harness' own."""

    exit_code = 1


class WorkerLost(HarnessError):
    """A process of a search died before its work was done."""

    exit_code = 1


class DiskFull(HarnessError):
    """The file system that holds the run takes no more."""

    exit_code = 1


class Interrupted(HarnessError):
    """The user or the batch system asked the search to end."""

    exit_code = 130


def unknown_name(kind: str, name: str, known: Iterable[str]) -> RequestError:
    """Build the error for a name that does not exist.

    Parameters
    ----------
    kind
        What was named, for example ``"workload"``.
    name
        What the user wrote.
    known
        The names that exist.

    Returns
    -------
    RequestError
        It suggests the nearest known name and lists all of them.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    suggestion = f" Did you mean '{near[0]}'?" if near else ""
    return RequestError(
        f"There is no {kind} '{in_one_line(name)}'.{suggestion} "
        f"Known: {', '.join(names) or 'none'}."
    )


def in_one_line(text: str) -> str:
    """Return text with what would end a line, or is invisible, written as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(error: BaseException) -> str:
    """Return an exception's type and message in one line that a person can read."""
    text = " ".join(str(error).split())
    if len(text) > LONGEST_MESSAGE:
        text = f"{text[:LONGEST_MESSAGE].rsplit(' ', 1)[0]} …"
    return _with_type(error, text)


def describe_validation(error: ValidationError) -> str:
    """Return the first complaint of a validation in one sentence."""
    first = error.errors()[0]
    where = in_one_line(".".join(str(part) for part in first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"'{where}' does not exist."
    complaint = first["msg"].removeprefix("Value error, ")
    return f"{where or 'value'}: {complaint} (got {first['input']!r})."


def describe_error(error: BaseException) -> str:
    """Return an exception in one line; the harness' own as it reads, another with its type."""
    text = " ".join(str(error).split())
    return text if isinstance(error, HarnessError) else _with_type(error, text)


def _with_type(error: BaseException, text: str) -> str:
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
