"""What a launcher of ranks said about its failure, in one line."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of a cause."""

_FRAME = re.compile(r"^-{20,}$", re.MULTILINE)
_RANK = re.compile(r"^Rank \d+ failed: \S.*$", re.MULTILINE)
_ERROR = re.compile(r"^.*\b(?:error|fatal)\b: *\S.*$", re.MULTILINE | re.IGNORECASE)
_FACT = re.compile(r"^ +(\S[^:\n]*: +\S.*)$", re.MULTILINE)
_SLOTS = "not enough slots"


def last_words(said: str) -> str | None:
    """Return what a rank said of its own failure; its report may not have come through."""
    found = _RANK.search(said)
    return found.group().rstrip(".") if found else None


def cause_in(said: str) -> str:
    """Return what a launcher's output names as the cause.

    The first of Open MPI's framed messages that is no warning comes first, then the first
    error, then the last line.

    Parameters
    ----------
    said
        All that the launcher and the ranks printed.
    """
    # Open MPI ends some of its messages with a NUL.
    text = "".join(c if c == "\n" or c.isprintable() else " " for c in said.expandtabs())
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    frames = [part for part in _FRAME.split(text)[1::2] if part.strip()]
    framed = [part for part in frames if not part.lstrip().upper().startswith(("WARN", "NOTE"))]
    errors = _ERROR.search(text)
    if framed:
        cause = _first_sentence(framed[0])
    elif errors:
        cause = errors.group()
    else:
        lines = [line.strip() for line in text.splitlines()]
        cause = next((line for line in reversed(lines) if line.strip("- ")), "it printed nothing")
    if _SLOTS in cause:
        cause += "; ask for fewer workers, or give the hosts more slots"
    return cause[:LONGEST].strip().rstrip(".:")


def _first_sentence(message: str) -> str:
    facts = [" ".join(fact.split()) for fact in _FACT.findall(message)]
    prose = " ".join(_FACT.sub("", message).split())
    sentence = re.split(r"(?<=[a-z0-9\)])[.:](?: |$)", prose, maxsplit=1)[0]
    return f"{sentence} ({', '.join(facts)})" if facts else sentence
