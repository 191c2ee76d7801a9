"""Population-based algorithms, told about harness trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from ray.tune.schedulers import PopulationBasedTraining
from ray.tune.schedulers.pb2 import PB2

from backends.ray.actor_reuse import KeepsActors
from backends.ray.checkpoint_directories import STATE_FILE, trial_and_epoch
from backends.ray.population_resume import PastPopulation
from backends.ray.space_translation import UnitInterval
from backends.ray.trainable import METRIC
from backends.ray.trial_config import (
    CONFIGURATION,
    COORDINATES,
    KEY,
    successor,
    trial_id_of,
    trial_of,
    whole,
)
from harness.checkpoints.in_flight import TrialStates
from harness.records.recorder import DriverRecorder
from harness.rules.exploration import explore
from harness.trial import Judgement, trial_name

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
        parent = trial_and_epoch(donated)
        opened = successor(exploited, explored, trial_name(self._next), parent, told)
        self._next += 1
        trial = trial_of(opened)
        # A driver that died between two exploits may have left another's state there.
        self._states.forget(trial.trial_id)
        with suppress(OSError):
            # The trial still has the donor's checkpoint.
            self._states.inherit(donated / STATE_FILE, trial.trial_id, parent[1])
        self._driver.trial_judged(trial_id_of(exploited), judgement)
        self._driver.trial_exploited(trial_id_of(exploited), trial)
        self._states.forget(trial_id_of(exploited))
        return opened


class _HasConfig(Protocol):
    config: dict[str, Any]


class _OpensTrials:
    """Gives the configuration an exploit makes the identity of the trial it opens.

    Tune makes it from a copy of the donor's. The member that exploits keeps its
    own number and member.
    """

    lineage: Lineage
    _trial_state: dict[Any, Any]

    def _get_new_config(
        self, trial: _HasConfig, trial_to_clone: _HasConfig
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        explored, operations = super()._get_new_config(trial, trial_to_clone)  # type: ignore[misc]
        donor, own = self._trial_state[trial_to_clone], self._trial_state[trial]
        donated = Path(donor.last_checkpoint.path)
        value, against = (state.last_result[METRIC] for state in (own, donor))
        judgement = Judgement(own.last_train_time, value, against, goes_on=False)
        told = sum(state.last_score is not None for state in self._trial_state.values())
        return self.lineage.succeed(trial.config, explored, donated, judgement, told), operations


class _TakesUpMembers:
    """Goes on with members whose process died, in this session or in an earlier one."""

    past: PastPopulation
    _trial_state: dict[Any, Any]

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Let a member keep its place between two perturbations."""
        known = self._trial_state.get(trial)
        super().on_trial_add(tune_controller, trial)  # type: ignore[misc]
        if known is None:
            self.past.restore(self._trial_state[trial], trial_id_of(trial.config))
        else:
            # Tune adds a trial anew when its process has died.
            self._trial_state[trial] = known


class MemberPBT(KeepsActors, _TakesUpMembers, _OpensTrials, PopulationBasedTraining):
    """Population-based training whose exploits open new harness trials."""


class MemberPB2(KeepsActors, _TakesUpMembers, _OpensTrials, PB2):
    """Population-based bandits whose exploits open new harness trials."""

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Give the bandit's data of a member Tune's name for it."""
        super().on_trial_add(tune_controller, trial)
        if not self.data.empty:
            label = self.past.label(trial.config[KEY]["member"])
            self.data["Trial"] = self.data["Trial"].replace(label, str(trial))


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
