"""What earlier sessions of a run have done: what a resumed search starts from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from harness.checkpoints.in_flight import TrialStates
from harness.errors import RequestError
from harness.records.happenings import TrialExploited
from harness.space_values import own_configuration
from harness.trial import REOPENED, Origin, Trial, trial_number

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.records.fold import RunTables

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class PastTrial:
    """A trial of an earlier session.

    Attributes
    ----------
    trial
        The trial, with the configuration it had last.
    status, reason
        As in the trials table.
    values
        Epoch to validation value, ascending; of a trial in flight up to the
        state that it goes on from.
    state
        The file of that state; None if the trial begins anew.
    """

    trial: Trial
    status: str
    reason: str | None
    values: Mapping[int, float]
    state: Path | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left to train."""
        return self.status in {"completed", "stopped", "failed"} and self.reason not in REOPENED

    @property
    def epoch(self) -> int:
        """The epoch after which it ended or goes on."""
        return max(self.values, default=self.trial.parent_epoch or 0)

    @property
    def last_value(self) -> float | None:
        """The validation value after that epoch; None if there is none."""
        return self.values[max(self.values)] if self.values else None

    @property
    def result(self) -> float | None:
        """What an engine is told of it once it is over: its last value; None if it failed."""
        return None if self.status == "failed" else self.last_value


@dataclass(frozen=True)
class History:
    """The trials of all earlier sessions, in the order in which they began.

    Attributes
    ----------
    trials
        The trials; none in a run that begins.
    """

    trials: tuple[PastTrial, ...] = ()

    @property
    def over(self) -> list[PastTrial]:
        """The trials of which nothing is left to train."""
        return [past for past in self.trials if past.is_over]

    @property
    def in_flight(self) -> list[PastTrial]:
        """The trials that were cut off."""
        return [past for past in self.trials if not past.is_over]

    @property
    def members(self) -> dict[int, PastTrial]:
        """The latest trial of each member of a population."""
        return {past.trial.member: past for past in self.trials if past.trial.member is not None}

    @property
    def next_number(self) -> int:
        """The smallest number above those in the names of all trials."""
        return 1 + max((trial_number(past.trial.trial_id) for past in self.trials), default=-1)

    def free_numbers(self, how_many: int) -> list[int]:
        """Return the smallest numbers that no trial has.

        One may lie below others: its trial was handed out and had not begun when
        its session ended.
        """
        taken = {past.trial.number for past in self.trials}
        return list(islice((number for number in count() if number not in taken), how_many))

    def at_rung(self, epoch: int) -> list[tuple[str, float]]:
        """Return trial and value of all that reached `epoch`, in the order they began."""
        return [
            (past.trial.trial_id, past.values[epoch])
            for past in self.trials
            if epoch in past.values
        ]


def read_history(
    tables: RunTables, states: TrialStates, space: ConfigurationSpace | None = None
) -> History:
    """Return the history that the records and states of a run tell.

    Parameters
    ----------
    tables
        The records of all earlier sessions.
    states
        The states of the trials in flight; damaged ones are passed over.
    space
        The search space: configurations get its own values back, which JSON does
        not keep. Without it they stay as they were recorded.

    Raises
    ------
    RequestError
        If a configuration was recorded that the space does not have.
    """
    curves = {
        str(trial_id): dict(zip(own["epoch"].astype(int), own["value"].astype(float), strict=True))
        for trial_id, own in tables.epochs.sort_values("epoch").groupby("trial_id")
    }
    rows = tables.trials.to_dict(orient="records")
    begun = [_past_trial(row, curves.get(str(row["trial_id"]), {})) for row in rows]
    announced = [_announced_trial(event) for event in tables.announced.values()]
    told = [_with_state(past, states) for past in [*begun, *announced]]
    return History(tuple(told if space is None else (_with_own_values(p, space) for p in told)))


def _with_own_values(past: PastTrial, space: ConfigurationSpace) -> PastTrial:
    try:
        config = own_configuration(space, past.trial.config)
    except ValueError as error:
        raise RequestError(
            f"Trial {past.trial.trial_id} was searched in another space than this one: {error}. "
            "Go on with the workload and the options that the run began with."
        ) from None
    return replace(past, trial=replace(past.trial, config=config))


def _past_trial(row: Mapping[Any, Any], values: dict[int, float]) -> PastTrial:
    trial = Trial(
        trial_id=str(row["trial_id"]),
        number=int(row["number"]),
        config=json.loads(row["config"]),
        member=_optional(row["member"], int),
        parent_trial_id=_optional(row["parent_trial_id"], str),
        parent_epoch=_optional(row["parent_epoch"], int),
        origin=cast("Origin | None", _optional(row["origin"], str)),
        told=_optional(row["told"], int),
    )
    return PastTrial(trial, str(row["status"]), _optional(row["reason"], str), values)


def _announced_trial(event: TrialExploited) -> PastTrial:
    trial = Trial(
        event.trial_id,
        event.number,
        event.config,
        event.member,
        event.parent_trial_id,
        event.parent_epoch,
        event.origin,
        event.told,
    )
    return PastTrial(trial, "paused", None, {})


def _optional(value: Any, kind: Callable[[Any], Kind]) -> Kind | None:
    # Only a resume needs pandas, which takes as long to import as a small search to begin.
    from pandas import isna

    return None if isna(value) else kind(value)


def _with_state(past: PastTrial, states: TrialStates) -> PastTrial:
    if past.is_over:
        return past
    found = next(_usable(past, states), None)
    begin = past.trial.parent_epoch or 0
    epoch, state = (begin, None) if found is None else found
    kept = {number: value for number, value in past.values.items() if number <= epoch}
    return replace(past, values=kept, state=state)


def _usable(past: PastTrial, states: TrialStates) -> Iterator[tuple[int, Path]]:
    for epoch, path in states.whole(past.trial.trial_id):
        # What is not in the records was not reported to any engine.
        if epoch in past.values or epoch == past.trial.parent_epoch:
            yield epoch, path
