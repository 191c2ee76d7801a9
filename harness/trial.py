"""A trial: one configuration in training, named and numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Origin = Literal["random", "design", "model", "mutation", "crossover", "move", "exploit", "copy"]
"""Where a configuration comes from; ``docs/records.md`` says what each word means."""

TIME_LIMIT = "time-limit"
"""Why a trial was stopped when time was up."""

REOPENED = frozenset({TIME_LIMIT, "interrupted"})
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
    origin
        Where the configuration comes from; None if its backend does not say.
    told
        How many results whoever proposed it had been told; 0 if it depends on none.
    """

    trial_id: str
    number: int
    config: Mapping[str, Any]
    member: int | None = None
    parent_trial_id: str | None = None
    parent_epoch: int | None = None
    origin: Origin | None = None
    told: int | None = None


@dataclass(frozen=True)
class Judgement:
    """What decides whether a trial goes on, at a rung or an exploit.

    Attributes
    ----------
    epoch
        After which epoch.
    value
        The trial's validation value there.
    against
        What it is compared with: the cutoff of the rung, or the donor's value; None for
        the first value at its rung.
    goes_on
        Whether the trial goes on.
    """

    epoch: int
    value: float
    against: float | None
    goes_on: bool


def numbered_trial(
    number: int,
    config: Mapping[str, Any],
    origin: Origin | None = None,
    told: int | None = None,
) -> Trial:
    """Return the trial of a configuration, named by its number; it is no member and has no parent.

    Parameters
    ----------
    number, config, origin, told
        As in `Trial`.
    """
    return Trial(trial_name(number), number, config, origin=origin, told=told)


def first_trial(member: int, config: Mapping[str, Any]) -> Trial:
    """Return the trial that a member of a population begins with, of the initial design."""
    return replace(numbered_trial(member, config, "design", told=0), member=member)


def trial_name(number: int) -> str:
    """Return the identifier of trial `number`, as it appears in records."""
    return f"t{number:05d}"


def trial_number(trial_id: str) -> int:
    """Return the number in a trial's identifier."""
    return int(trial_id.lstrip("t"))
