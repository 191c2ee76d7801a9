"""Population-based algorithms, told about harness trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ray.tune.schedulers import PopulationBasedTraining
from ray.tune.schedulers.pb2 import PB2

from backends.ray.checkpoint_directories import STATE_FILE, trial_and_epoch
from backends.ray.patches.actors import KeepsActors
from backends.ray.patches.population import KeepsTurns, OpensTrials, TakesUpMembers
from backends.ray.space_translation import UnitInterval
from backends.ray.trial_config import (
    CONFIGURATION,
    COORDINATES,
    KEY,
    describe_trial,
    trial_of,
    whole,
)
from harness.checkpoints.in_flight import TrialStates
from harness.records.recorder import DriverRecorder
from harness.rules.exploration import explore
from harness.trial import Judgement, trial_name
from harness.trials.succession import open_successor

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.search_spec import SearchSpec

Explore = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a copy of a donor's Tune configuration into a neighbour of it."""


class Lineage:
    """Names the trials that exploits open, and records what they close.

    Parameters
    ----------
    driver
        The driver's record.
    states
        The states of the trials in flight.
    first_number
        The number behind the first name; those below belong to other trials.
    """

    def __init__(self, driver: DriverRecorder, states: TrialStates, first_number: int) -> None:
        self._driver = driver
        self._states = states
        self._next = first_number

    def succeed(
        self,
        exploited: Mapping[str, Any],
        explored: Mapping[str, Any],
        donated: Path,
        judgement: Judgement,
        told: int,
    ) -> dict[str, Any]:
        """Close the exploited trial and return its successor's Tune configuration.

        From here on the successor can begin even if every process dies.

        Parameters
        ----------
        exploited
            Tune's configuration of the trial that ends.
        explored
            The donor's configuration after the explore step.
        donated
            The directory of the donor's checkpoint.
        judgement
            The values of the member and of the donor.
        told
            How many members had a value.
        """
        parent_trial_id, parent_epoch = trial_and_epoch(donated)
        closed = trial_of(exploited)
        # Number and member stay.
        opened = replace(
            closed,
            trial_id=trial_name(self._next),
            config=trial_of(explored).config,
            parent_trial_id=parent_trial_id,
            parent_epoch=parent_epoch,
            origin="exploit",
            told=told,
        )
        self._next += 1
        state, closed_id = donated / STATE_FILE, closed.trial_id
        open_successor(self._states, self._driver, closed_id, opened, state, judgement)
        self._states.forget(closed_id)
        return {**explored, KEY: {**explored[KEY], **describe_trial(opened)}}


class PlainPBT(TakesUpMembers, OpensTrials, PopulationBasedTraining):
    """Population-based training as Tune has it, whose exploits open new harness trials."""


class MemberPBT(KeepsActors, KeepsTurns, PlainPBT):
    """Population-based training, mended."""


class PlainPB2(TakesUpMembers, OpensTrials, PB2):
    """Population-based bandits as Tune has them, whose exploits open new harness trials."""

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Give the bandit's data of a member Tune's name for it."""
        super().on_trial_add(tune_controller, trial)
        if not self.data.empty:
            label = self.past.label(trial.config[KEY]["member"])
            self.data["Trial"] = self.data["Trial"].replace(label, str(trial))


class MemberPB2(KeepsActors, KeepsTurns, PlainPB2):
    """Population-based bandits, mended."""


def perturb_or_resample(spec: SearchSpec, space: ConfigurationSpace, exploits: int = 0) -> Explore:
    """Return population-based training's explore step.

    The n-th exploit of a search draws from a generator of its own, so the same
    donor is changed in the same way whenever it is chosen n-th.

    Parameters
    ----------
    spec
        The search.
    space
        The neutral space.
    exploits
        How many exploits there have been.
    """

    def explored(config: dict[str, Any]) -> dict[str, Any]:
        nonlocal exploits
        generator = np.random.default_rng([spec.seed, exploits])
        exploits += 1
        configuration = explore(
            config[KEY][CONFIGURATION],
            space,
            spec.mutable,
            generator,
            spec.resample_probability,
            spec.perturbation_factors,
        )
        return {KEY: {**config[KEY], CONFIGURATION: whole(configuration)}}

    return explored


def apply_coordinates(unit: UnitInterval) -> Explore:
    """Return the step that turns the coordinates PB2 chose into hyperparameters."""

    def explored(config: dict[str, Any]) -> dict[str, Any]:
        described = config[KEY]
        chosen = unit.values(described[COORDINATES])
        configuration = {**described[CONFIGURATION], **chosen}
        coordinates = unit.coordinates(configuration)
        return {
            KEY: {**described, CONFIGURATION: whole(configuration), COORDINATES: coordinates},
        }

    return explored
