"""A training that reports values of a script, so that searches decide alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from harness.workload import Configuration, EpochResult, Training


class ScriptedTraining(Training):
    """Trains and validates like another training, but reports values of a script.

    A search decides by values. In FP32 and in AMP they differ, and so would the
    trials that are trained: the runtimes would compare different work.

    Parameters
    ----------
    training
        Does the work.
    config
        The configuration, from which the values follow.
    ballast_bytes
        What is added to the state.
    """

    def __init__(self, training: Training, config: Configuration, ballast_bytes: int) -> None:
        self._training = training
        self._config = dict(config)
        self._epoch = 0
        self._ballast = torch.zeros(ballast_bytes // 4)

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return self._training.parameters

    def train_epoch(self) -> EpochResult:
        """Train for one epoch."""
        self._epoch += 1
        return self._training.train_epoch()

    def validate(self) -> float:
        """Validate, and return what the script says."""
        self._training.validate()
        return scripted_value(self._config["lr"], self._epoch)

    def test(self) -> float:
        """Return the test metric."""
        return self._training.test()

    def state_dict(self) -> dict[str, Any]:
        """Return the training's state and the ballast."""
        return {
            "training": self._training.state_dict(),
            "epoch": self._epoch,
            "ballast": self._ballast,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a copy of `state`."""
        self._training.load_state_dict(state["training"])
        self._epoch = int(state["epoch"])
        self._ballast.copy_(state["ballast"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Train on with the mutable hyperparameters of `config`."""
        self._config.update(config)
        self._training.set_hyperparameters(config)


def scripted_value(learning_rate: float, epoch: int) -> float:
    """Return the value after an epoch; it rises, to a ceiling that is highest at 0.01."""
    return (1.0 - abs(math.log10(learning_rate) + 2.0) / 2.0) * (1.0 - 0.7**epoch)
