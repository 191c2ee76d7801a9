"""In what two tables differ, in words."""

from __future__ import annotations

import dataclasses
import json

from harness.replay.table import About

_WORDS = {
    "workload": "workload",
    "workload_options": "set of workload options",
    "metric": "metric",
    "mode": "direction of the metric",
    "epochs": "number of epochs",
    "space": "search space",
}


def difference(own: About, wanted: About) -> str | None:
    """Return what is other in a table than is wanted, as 'number of epochs (3, not 9)'."""
    # A table holds JSON, which knows no tuples.
    ours, theirs = (json.loads(json.dumps(dataclasses.asdict(about))) for about in (own, wanted))
    for name, words in _WORDS.items():
        if ours[name] != theirs[name]:
            is_plain = isinstance(ours[name], str | int)
            return f"{words} ({ours[name]}, not {theirs[name]})" if is_plain else words
    return None
