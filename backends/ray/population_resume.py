"""A population as earlier sessions left it, in the terms of Tune's schedulers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from ray import tune

from backends.ray.checkpoint_directories import STATE_FILE, checkpoint_directory
from backends.ray.space_translation import UnitInterval
from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import COORDINATES, KEY
from harness.backend import SearchContext
from harness.checkpoints.file import link_checkpoint
from harness.records.history import History, PastTrial
from harness.trial import Trial, first_trial


class PastPopulation:
    """What the record tells of the members.

    Parameters
    ----------
    history
        The earlier sessions.
    interval
        Epochs between two perturbations.
    sign
        1 if larger values of the metric are better, -1 otherwise.
    checkpoints
        The directory of Tune's checkpoints.
    """

    def __init__(self, history: History, interval: int, sign: int, checkpoints: Path) -> None:
        self._trials = {past.trial.trial_id: past for past in history.trials}
        self._interval = interval
        self._sign = sign
        self._checkpoints = checkpoints

    def restore(self, state: Any, trial_id: str) -> None:
        """Give a member the score and the times of its last perturbation.

        A member that is at that epoch may be a donor at once.

        Parameters
        ----------
        state
            What Tune's scheduler keeps of the member.
        trial_id
            The trial that the member goes on as.
        """
        past = self._trials.get(trial_id)
        if past is None:
            return
        turn = past.epoch - past.epoch % self._interval
        state.last_perturbation_time = state.last_train_time = turn
        if turn not in past.values:
            return
        state.last_score = self._sign * past.values[turn]
        state.last_result = {EPOCH: turn, METRIC: past.values[turn]}
        if past.state is not None and past.epoch == turn:
            directory = checkpoint_directory(self._checkpoints, trial_id, turn)
            link_checkpoint(past.state, directory / STATE_FILE)
            state.last_checkpoint = tune.Checkpoint.from_directory(directory)

    def label(self, member: int) -> str:
        """Return the name of a member in `bandit_data`."""
        return f"member {member}"

    def bandit_data(self, unit: UnitInterval) -> pd.DataFrame:
        """Return the data of PB2's model: one row a member and perturbation interval.

        Parameters
        ----------
        unit
            Where PB2 looks for hyperparameters.
        """
        return pd.DataFrame(row for past in self._trials.values() for row in self._rows(past, unit))

    def _rows(self, past: PastTrial, unit: UnitInterval) -> Iterator[dict[str, Any]]:
        coordinates = {
            f"{KEY}/{COORDINATES}/{name}": value
            for name, value in unit.coordinates(past.trial.config).items()
        }
        for epoch, value in {**self._inherited(past), **past.values}.items():
            if epoch % self._interval == 0:
                yield {
                    "Trial": self.label(past.trial.member or 0),
                    "Time": epoch,
                    **coordinates,
                    "Reward": self._sign * value,
                }

    def _inherited(self, past: PastTrial) -> dict[int, float]:
        parent = self._trials.get(past.trial.parent_trial_id or "")
        epoch = past.trial.parent_epoch
        if parent is None or epoch is None or epoch not in parent.values:
            return {}
        return {epoch: parent.values[epoch]}


def unfinished_members(context: SearchContext) -> list[Trial]:
    """Return the trial of each member that is not at its end, by member.

    It is the seed's configuration if the member has not begun, and otherwise its
    latest trial, or the one that an exploit opened and that has not begun.
    """
    latest = context.history.members
    trials = []
    for member, configuration in enumerate(context.configurations):
        past = latest.get(member)
        if past is None:
            trials.append(first_trial(member, configuration))
        elif not past.is_over:
            trials.append(past.trial)
    return trials
