"""The eight-dimensional search space: five channel numbers and three of the training."""

from __future__ import annotations

from ConfigSpace import (
    ConfigurationSpace,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)

from harness.workload import Configuration
from workloads.nats.options import ImageOptions

STAGES = 5
"""The number of searched channel numbers."""

CHANNELS = tuple(f"c{stage}" for stage in range(STAGES))
"""The names of the channel numbers."""

MUTABLE = ("lr", "weight_decay")
"""What population-based training may change: neither alters the network."""


def size_space(options: ImageOptions) -> ConfigurationSpace:
    """Return the search space, unseeded.

    Its default is the middle channel number everywhere, trained by NATS-Bench's
    recipe: learning rate 0.1 and weight decay 5e-4.
    """
    middle = options.channels[(len(options.channels) - 1) // 2]
    space = ConfigurationSpace()
    space.add(
        *(OrdinalHyperparameter(name, options.channels, default_value=middle) for name in CHANNELS),
        UniformFloatHyperparameter("lr", 1e-4, 1.0, log=True, default_value=0.1),
        _weight_decay(options),
        UniformIntegerHyperparameter("warmup_epochs", 1, 5, default_value=1),
    )
    return space


def channel_numbers(config: Configuration) -> tuple[int, ...]:
    """Return the five channel numbers of a configuration."""
    return tuple(int(config[name]) for name in CHANNELS)


def _weight_decay(options: ImageOptions) -> UniformFloatHyperparameter:
    if options.weight_decay == "uniform":
        return UniformFloatHyperparameter("weight_decay", 0.0, 0.1, default_value=5e-4)
    return UniformFloatHyperparameter("weight_decay", 1e-6, 1e-2, log=True, default_value=5e-4)
