"""Replays one search with many seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.config import RunConfig
from harness.replay.closed_form import ClosedForm
from harness.replay.costs import ReplayCosts
from harness.replay.origins import Origins
from harness.replay.place import check_folder
from harness.replay.request import resolve_replay
from harness.replay.search import replay
from harness.replay.table import TrainingTable


def replay_seeds(
    config: RunConfig,
    table: TrainingTable | ClosedForm,
    file: Path | None,
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
        The trainings, and where they were read; None if they are in closed form.
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
    check_folder(out)
    # What is wrong with the request is wrong with each seed.
    resolve_replay(config.model_copy(update={"seed": seeds[0]}), table, costs)
    origins = Origins(table, file)
    width = len(str(max(seeds)))
    summaries = []
    for done, seed in enumerate(seeds):
        resolved = resolve_replay(config.model_copy(update={"seed": seed}), table, costs)
        summaries.append(replay(resolved, origins.of(resolved), out / f"seed{seed:0{width}d}"))
        tell(f"seed {seed}: {done + 1} of {len(seeds)} replayed")
    return summaries
