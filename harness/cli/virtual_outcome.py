"""What the command line says of replays."""

from __future__ import annotations

import json
from collections import Counter
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
        f"{first['precision']}; configurations: {_kinds(summaries)}"
    )
    failed = _about_failures(summaries)
    if failed:
        print(failed)
    print(f"best {first['metric']}: {_spread([s['best_value'] for s in summaries])}")
    emulated = " of an emulated precision" if first["arithmetic"] == "emulated" else ""
    runtime = _spread([s["runtime_s"] for s in summaries])
    print(f"runtime: {runtime} virtual seconds{emulated}")
    print(f"utilisation: {_spread([s['utilisation'] for s in summaries])}")
    for line in (*_about_values(first["replay"]), *first["warnings"]):
        print(line)
    print(f"records: {out}")


def _kinds(summaries: Sequence[dict[str, Any]]) -> str:
    """Return where the configurations come from, with how many searches where that differs."""
    counted: Counter[str] = Counter(summary["replay"]["configurations"] for summary in summaries)
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{kind} (in {count})" for kind, count in counted.items())


def _about_failures(summaries: Sequence[dict[str, Any]]) -> str:
    failed = sum(summary["failed_trials"] for summary in summaries)
    if not failed:
        return ""
    trials = sum(summary["trials"] for summary in summaries)
    first = next(summary["first_error"] for summary in summaries if summary["failed_trials"])
    return f"{failed} of {trials} trials failed; the first: {first}"


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
