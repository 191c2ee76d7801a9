"""Keeps virtual runs and real ones apart."""

from __future__ import annotations

from collections.abc import Sequence

from harness.load.recorded_run import RecordedRun

APART = "it is a replay in virtual time, and there are real runs here; give replays by themselves"
"""Why a virtual run is left out among real ones."""


def is_virtual(run: RecordedRun) -> bool:
    """Whether a run is a replay in virtual time."""
    return bool(run.summary.get("virtual"))


def apart(runs: Sequence[RecordedRun]) -> tuple[list[RecordedRun], list[RecordedRun]]:
    """Return the runs to read together, and those that are left out.

    Replays are read where there is nothing else; among real runs they are left out, so
    that no table, test or figure mixes them.
    """
    virtual = [run for run in runs if is_virtual(run)]
    if len(virtual) == len(runs):
        return list(runs), []
    return [run for run in runs if not is_virtual(run)], virtual
