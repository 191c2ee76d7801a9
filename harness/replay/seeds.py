"""Seeds as a user writes them: 0-99, or 0,3,5."""

from __future__ import annotations

import re

from harness.errors import RequestError

MOST_SEEDS = 100_000


def parse_seeds(text: str) -> list[int]:
    """Return the seeds that a text names, in its order, each once.

    Raises
    ------
    RequestError
        If it names none.
    """
    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if found is None:
            raise RequestError(f"--seeds wants 0-99 or 0,3,5; got '{text}'.")
        first = int(found[1])
        last = first if found[2] is None else int(found[2])
        if last < first or last - first >= MOST_SEEDS or last >= 2**32:
            raise RequestError(f"--seeds: '{part.strip()}' is no range of seeds.")
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))
