"""What the command line says of replays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def tell_replays(summaries: Sequence[dict[str, Any]], out: Path, as_json: bool) -> None:
    """Print what the replays of one search gave: as JSON, or a few lines."""
    if as_json:
        print(json.dumps(list(summaries), indent=2))
        return
    first = summaries[0]
    print(
        f"{len(summaries)} virtual searches: {first['backend']} {first['algo']}, "
        f"{first['workers']} workers, {first['trials']} trials, {first['workload']} in "
        f"{first['precision']}; configurations: {first['replay']['configurations']}"
    )
    print(f"best {first['metric']}: {_spread([s['best_value'] for s in summaries])}")
    print(f"runtime: {_spread([s['runtime_s'] for s in summaries])} virtual seconds")
    print(f"utilisation: {_spread([s['utilisation'] for s in summaries])}")
    for line in _about_values(first["replay"]):
        print(line)
    print(f"records: {out}")


def _about_values(replay: dict[str, Any]) -> list[str]:
    lines = []
    if replay.get("surrogate"):
        told = replay["surrogate"]
        lines.append(
            f"values from a surrogate; on held-out configurations: Spearman "
            f"{told['spearman']:.2f}, relative error of the time {told['time_error']:.1%}"
        )
    if replay["costs"]:
        told = ", ".join(f"{name}={value}" for name, value in replay["costs"].items())
        lines.append(f"scenario, not as recorded: {told}")
    return lines


def _spread(values: Sequence[float | None]) -> str:
    known = np.array([value for value in values if value is not None], dtype=float)
    if known.size == 0:
        return "none"
    if known.size == 1:
        return f"{known[0]:.6g}"
    low, middle, high = np.percentile(known, [5, 50, 95])
    return f"median {middle:.6g} (5 % to 95 %: {low:.6g} to {high:.6g})"
