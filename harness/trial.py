"""A trial: one configuration in training, named and numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REOPENED = frozenset({"time-limit", "interrupted"})
"""Reasons of a trial's end that lie in the search: a resumed search goes on with it."""


@dataclass(frozen=True)
class Trial:
    """One configuration in training.

    Attributes
    ----------
    trial_id
        Unique within the run, and a safe file name.
    number
        The configuration's number: initial weights and data order depend on
        it and on the search's seed only. A trial opened by an exploit keeps
        its member's number.
    config
        The configuration.
    member
        The population member, for population-based algorithms.
    parent_trial_id, parent_epoch
        The trial and epoch whose state this one starts from, after an exploit.
    """

    trial_id: str
    number: int
    config: Mapping[str, Any]
    member: int | None = None
    parent_trial_id: str | None = None
    parent_epoch: int | None = None


def trial_name(number: int) -> str:
    """Return the identifier of trial `number`, as it appears in records."""
    return f"t{number:05d}"
