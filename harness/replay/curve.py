"""One recorded training: what each of its epochs gave and took."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.space import plain_configuration

if TYPE_CHECKING:
    from harness.trial import Trial
    from harness.workload import Training


@dataclass(frozen=True)
class Curve:
    """A whole training of one configuration.

    Attributes
    ----------
    values
        The validation value after each epoch, in its natural direction.
    test_values
        The test value after each epoch; NaN where it is not known.
    train_losses
        The training loss of each epoch.
    train_s, validate_s, data_wait_s
        Seconds of each epoch.
    setup_s
        Seconds to build the training.
    checkpoint_s
        Seconds to write a state.
    state_bytes
        Size of a state.
    samples
        Samples of an epoch.
    parameters
        Trainable parameters of the model.
    failed_epoch
        The epoch at which the training failed, as by a loss that is no number; 0 if
        it did not. Nothing is known of later epochs.
    """

    values: tuple[float, ...]
    test_values: tuple[float, ...]
    train_losses: tuple[float, ...]
    train_s: tuple[float, ...]
    validate_s: tuple[float, ...]
    data_wait_s: tuple[float, ...]
    setup_s: float = 0.0
    checkpoint_s: float = 0.0
    state_bytes: int = 0
    samples: int = 0
    parameters: int = 0
    failed_epoch: int = 0

    @property
    def whole_epochs(self) -> int:
        """How many epochs have a value: those before the training failed."""
        length = len(self.values)
        return min(self.failed_epoch - 1, length) if self.failed_epoch else length

    @property
    def duration_s(self) -> float:
        """The seconds of the whole training."""
        return self.setup_s + sum(self.train_s) + sum(self.validate_s) + sum(self.data_wait_s)


class CurveSource(ABC):
    """Where the trainings of a replayed search come from."""

    @abstractmethod
    def curve(self, config: Mapping[str, Any], number: int, seed: int) -> Curve:
        """Return the training of a configuration.

        Parameters
        ----------
        config
            The configuration.
        number
            The trial's number in its search.
        seed
            The search's seed.

        Raises
        ------
        RequestError
            If there is no such training.
        """

    def taught(self, looked_up: Training, trial: Trial, seed: int) -> Training:
        """Return a training with its values, given one that has its times; here it has both.

        Parameters
        ----------
        looked_up
            The training, as its curve says.
        trial
            The trial.
        seed
            The search's seed.
        """
        return looked_up

    def test_value(
        self, trial_id: str, config: Mapping[str, Any], number: int, seed: int, epoch: int
    ) -> float:
        """Return the test value of a trial after an epoch; NaN if it is not known."""
        return self.curve(config, number, seed).test_values[epoch - 1]


def config_key(config: Mapping[str, Any]) -> str:
    """Return a text that is the same for equal configurations only."""
    return json.dumps(plain_configuration(config), sort_keys=True, separators=(",", ":"))
