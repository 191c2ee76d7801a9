"""A table of trainings: what is recorded once and searched many times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from harness.errors import RequestError
from harness.machine.arithmetic import Arithmetic
from harness.replay.curve import Curve, CurveSource, config_key
from harness.trials.objective import trial_seed

FORMAT_VERSION = 1
"""Version of the table's format; it changes when a column changes its meaning."""

COLUMNS: dict[str, str] = {
    "precision": "string",
    "ranks": "int64",
    "number": "int64",
    "seed": "int64",
    "config": "string",
    "epoch": "int64",
    "value": "float64",
    "test_value": "float64",
    "train_loss": "float64",
    "train_s": "float64",
    "data_wait_s": "float64",
    "validate_s": "float64",
    "setup_s": "float64",
    "checkpoint_s": "float64",
    "state_bytes": "int64",
    "samples": "int64",
    "parameters": "int64",
    "failed_epoch": "int64",
    "arithmetic": "string",
    "hardware": "string",
}
"""One row an epoch of a training; times in seconds, `config` and `hardware` as JSON.

A training that failed has no values from its `failed_epoch` on."""


@dataclass(frozen=True)
class About:
    """What a table says of itself.

    Attributes
    ----------
    workload, workload_options
        What was trained.
    metric, mode
        What it is judged by, and the direction.
    epochs
        The length of each training.
    space
        The search space as plain values.
    """

    workload: str
    workload_options: Mapping[str, Any]
    metric: str
    mode: Literal["min", "max"]
    epochs: Annotated[int, Field(ge=1)]
    space: Mapping[str, Any]


@dataclass(frozen=True)
class RecordedTraining:
    """A training, and which one it is.

    Attributes
    ----------
    number, seed
        The number of the configuration, and the seed, that the training's own
        seed follows from.
    config
        The configuration.
    curve
        What it gave and took.
    """

    number: int
    seed: int
    config: Mapping[str, Any]
    curve: Curve


@dataclass(frozen=True)
class TrainingTable(CurveSource):
    """The trainings of one workload in one precision on one number of ranks.

    Attributes
    ----------
    about
        What the table says of itself.
    precision, ranks
        What was chosen of it.
    trainings
        All of them, by number and seed.
    hardware
        The machines that trained, as JSON.
    arithmetic
        How they computed in the precision; ``"emulated"`` if any emulated it.
    """

    about: About
    precision: str
    ranks: int
    trainings: tuple[RecordedTraining, ...]
    hardware: tuple[str, ...]
    arithmetic: Arithmetic = "native"

    @cached_property
    def _by_config(self) -> dict[str, list[RecordedTraining]]:
        found: dict[str, list[RecordedTraining]] = {}
        for training in self.trainings:
            found.setdefault(config_key(training.config), []).append(training)
        return found

    @cached_property
    def configurations(self) -> tuple[Mapping[str, Any], ...]:
        """The configurations, each once, by number."""
        return tuple(own[0].config for own in self._by_config.values())

    @property
    def epochs(self) -> int:
        """The length of each training."""
        return len(self.trainings[0].curve.values)

    @cached_property
    def epoch_s(self) -> float:
        """The median seconds of an epoch."""
        curves = [training.curve for training in self.trainings]
        parts = [(c.train_s, c.data_wait_s, c.validate_s) for c in curves]
        return float(np.median(np.sum(parts, axis=1)))

    @property
    def has_state_sizes(self) -> bool:
        """Whether it says how large a state is."""
        return any(training.curve.state_bytes for training in self.trainings)

    @property
    def seeds(self) -> int:
        """How many trainings there are of each configuration."""
        return len(next(iter(self._by_config.values())))

    def __contains__(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration was trained."""
        return config_key(config) in self._by_config

    def curve(self, config: Mapping[str, Any], number: int, seed: int) -> Curve:
        """Return a training of `config`: the very one of the seed if it is there.

        Otherwise the seed and the number choose one of those that are, so that a
        configuration that comes again need not train the same way.
        """
        found = self._by_config.get(config_key(config))
        if found is None:
            raise RequestError(
                f"The table has no training of {dict(config)}; it answers for its own "
                f"{len(self._by_config)} configurations only."
            )
        for training in found:
            if training.seed == seed and training.number == number:
                return training.curve
        return found[trial_seed(seed, number) % len(found)].curve

    def draw(self, trials: int, seed: int) -> list[dict[str, Any]]:
        """Return configurations for the trials of a search, which the seed determines.

        Each comes once before any comes again.
        """
        generator = np.random.default_rng([seed, len(self.configurations)])
        drawn: list[dict[str, Any]] = []
        while len(drawn) < trials:
            order = generator.permutation(len(self.configurations))
            drawn += (dict(self.configurations[place]) for place in order)
        return drawn[:trials]


def check_trainings(trainings: Sequence[RecordedTraining], epochs: int, source: str) -> None:
    """Check that a table can be searched: whole trainings, as many of each configuration.

    Parameters
    ----------
    trainings
        All of them.
    epochs
        The epochs that each must have.
    source
        What errors call the table.

    Raises
    ------
    RequestError
        If an epoch or a seed is missing, or a number is not one.
    """
    if not trainings:
        raise RequestError(f"{source} holds no training.")
    counted: dict[str, list[RecordedTraining]] = {}
    for training in trainings:
        _check_curve(training, epochs, source)
        counted.setdefault(config_key(training.config), []).append(training)
    most = max(len(own) for own in counted.values())
    for own in counted.values():
        if len(own) < most:
            raise RequestError(
                f"{source} lacks seeds: configuration {own[0].number} was trained "
                f"{len(own)} times, others {most} times. Record what is missing."
            )


def _check_curve(training: RecordedTraining, epochs: int, source: str) -> None:
    curve, name = training.curve, f"configuration {training.number} with seed {training.seed}"
    if len(curve.values) != epochs:
        raise RequestError(
            f"{source} lacks epochs: {name} has {len(curve.values)} of {epochs}. "
            "Record it again, or replay fewer epochs."
        )
    whole = curve.whole_epochs
    if not np.isfinite([*curve.values[:whole], *curve.train_losses[:whole]]).all():
        raise RequestError(f"{source} has a value that is no number: {name}.")
    if curve.duration_s <= 0:
        raise RequestError(f"{source} has a time that is no time: {name} takes none at all.")
