"""The words of a plan's command: searches and counts."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import RequestError


def parse_searches(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return engine and algorithm of texts like ``deephyper:asha``.

    Raises
    ------
    RequestError
        If one is not of that form.
    """
    found = []
    for text in texts:
        backend, colon, algo = text.rpartition(":")
        if not colon or not backend or not algo:
            raise RequestError(f"--search wants ENGINE:ALGORITHM, as in ray:asha; got '{text}'.")
        found.append((backend, algo))
    return tuple(dict.fromkeys(found))


def parse_counts(text: str, option: str) -> tuple[int, ...]:
    """Return the numbers of a text like ``1,2,4``.

    Raises
    ------
    RequestError
        If it is no list of numbers above 0.
    """
    try:
        counts = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise RequestError(f"{option} wants numbers like 1,2,4; got '{text}'.")
    return counts
