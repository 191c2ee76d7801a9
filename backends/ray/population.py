"""Population-based algorithms, told about harness trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from ray.tune.schedulers import PopulationBasedTraining
from ray.tune.schedulers.pb2 import PB2

from backends.ray.actor_keeping import KeepsActors
from backends.ray.space_translation import UnitInterval
from backends.ray.trial_config import COORDINATES, KEY, successor
from harness.exploration import explore
from harness.recorder import DriverRecorder
from harness.trial import trial_name

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
    first_number
        The number behind the first name; those below belong to the initial population.
    """

    def __init__(self, driver: DriverRecorder, first_number: int) -> None:
        self._driver = driver
        self._next = first_number

    def succeed(self, exploited: Mapping[str, Any], explored: Mapping[str, Any]) -> dict[str, Any]:
        """Close the exploited trial and return its successor's Tune configuration."""
        self._driver.trial_stopped(exploited[KEY]["trial_id"], "exploited")
        opened = successor(exploited, explored, trial_name(self._next))
        self._next += 1
        return opened


class _HasConfig(Protocol):
    config: dict[str, Any]


class _OpensTrials:
    """Gives the configuration an exploit makes the identity of the trial it opens.

    Tune makes it from a copy of the donor's. The member that exploits keeps its
    own number and member.
    """

    lineage: Lineage

    def _get_new_config(
        self, trial: _HasConfig, trial_to_clone: _HasConfig
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        explored, operations = super()._get_new_config(trial, trial_to_clone)  # type: ignore[misc]
        return self.lineage.succeed(trial.config, explored), operations


class MemberPBT(KeepsActors, _OpensTrials, PopulationBasedTraining):
    """Population-based training whose exploits open new harness trials."""


class MemberPB2(KeepsActors, _OpensTrials, PB2):
    """Population-based bandits whose exploits open new harness trials."""


def perturb_or_resample(spec: SearchSpec, space: ConfigurationSpace) -> Explore:
    """Return population-based training's explore step.

    The n-th exploit of a search draws from a generator of its own, so the same
    donor is changed in the same way whenever it is chosen n-th.
    """
    exploits = 0

    def explored(config: dict[str, Any]) -> dict[str, Any]:
        nonlocal exploits
        generator = np.random.default_rng([spec.seed, exploits])
        exploits += 1
        configuration = explore(
            config[KEY]["configuration"],
            space,
            spec.mutable,
            generator,
            spec.resample_probability,
            spec.perturbation_factors,
        )
        return {KEY: {**config[KEY], "configuration": configuration}}

    return explored


def apply_coordinates(unit: UnitInterval) -> Explore:
    """Return the step that turns the coordinates PB2 chose into hyperparameters."""

    def explored(config: dict[str, Any]) -> dict[str, Any]:
        described = config[KEY]
        chosen = unit.values(described[COORDINATES])
        configuration = {**described["configuration"], **chosen}
        coordinates = unit.coordinates(configuration)
        return {
            KEY: {**described, "configuration": configuration, COORDINATES: coordinates},
        }

    return explored
