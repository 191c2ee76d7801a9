"""Replays one search with many seeds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.config import RunConfig
from harness.errors import RequestError
from harness.replay.costs import ReplayCosts
from harness.replay.request import ResolvedReplay, resolve_replay
from harness.replay.search import Origin, replay, seeds_own
from harness.replay.table import TrainingTable


def replay_seeds(
    config: RunConfig,
    table: TrainingTable,
    file: Path,
    seeds: Sequence[int],
    costs: ReplayCosts,
    out: Path,
    tell: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Replay a search once with each seed, each into a run directory of its own.

    Parameters
    ----------
    config
        The search.
    table, file
        The trainings, and where they were read.
    seeds
        The seeds.
    costs
        What engine and machine take.
    out
        Holds the run directories.
    tell
        Takes lines for the user.

    Returns
    -------
    list of dict
        The summaries, by seed.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RequestError(f"The output '{out}' holds other files; give a new directory.")
    # What is wrong with the request is wrong with each seed.
    resolve_replay(config.model_copy(update={"seed": seeds[0]}), table, costs)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    width = len(str(max(seeds)))
    summaries = []
    for done, seed in enumerate(seeds):
        resolved = resolve_replay(config.model_copy(update={"seed": seed}), table, costs)
        origin = table_origin(resolved, table, file, digest)
        summaries.append(replay(resolved, origin, out / f"seed{seed:0{width}d}"))
        tell(f"seed {seed}: {done + 1} of {len(seeds)} replayed")
    return summaries


def table_origin(resolved: ResolvedReplay, table: TrainingTable, file: Path, digest: str) -> Origin:
    """Return the trainings of a table as the origin of a search.

    A search gets the configurations of its own seed where the table has all of them,
    and is then that search; otherwise the seed draws among those of the table.
    """
    own = seeds_own(resolved)
    exact = all(config in table for config in own)
    configurations = own if exact else table.draw(resolved.spec.trials, resolved.spec.seed)
    described = {
        "table": str(file.resolve()),
        "sha256": digest,
        "configurations": "the seed's own" if exact else "drawn from the table",
        "trainings": len(table.trainings),
        "seeds_of_a_configuration": table.seeds,
        "values": "recorded",
    }
    machine = json.loads(table.hardware[0])
    arithmetic = table.arithmetic
    return Origin(table, configurations, described, machine, arithmetic)
