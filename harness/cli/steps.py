"""Says on the standard error at which step a command is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Tell = Callable[[str], None]
"""Says which step begins."""


@contextmanager
def shown_steps(errors: Console, first: str) -> Iterator[Tell]:
    """Show steps: one line that changes and goes in a terminal, a plain line each elsewhere.

    Parameters
    ----------
    errors
        The standard error.
    first
        What is done before the first step is told; a terminal alone shows it, for a wrong
        request ends there, with one line.
    """
    if errors.is_terminal:
        with errors.status(first) as status:
            yield status.update
    else:
        yield lambda step: errors.print(step, highlight=False, markup=False, soft_wrap=True)
