"""The eight-dimensional search space: five widths and three of the training."""

from __future__ import annotations

from ConfigSpace import (
    ConfigurationSpace,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)

from harness.workload import Configuration
from workloads.imagenet.options import STAGES, ImagenetOptions

MULTIPLIERS = (0.5, 0.75, 1.0, 1.25)
"""What a width multiplies the channel number of the standard network with."""

MUTABLE = ("lr", "weight_decay")
"""What population-based training may change: neither alters the network."""

_STEM = "stem_width"
_STAGE_WIDTHS = tuple(f"stage{stage + 1}_width" for stage in range(STAGES))
_STEM_CHANNELS = 64
_STAGE_CHANNELS = (64, 128, 256, 512)
# Matrix units work on eight half-precision channels at a time.
_CHANNEL_STEP = 8


def width_space(options: ImagenetOptions) -> ConfigurationSpace:
    """Return the search space, unseeded.

    Its default is the standard network, trained with learning rate 0.1 and weight
    decay 5e-4.
    """
    space = ConfigurationSpace()
    space.add(
        *(
            OrdinalHyperparameter(name, MULTIPLIERS, default_value=1.0)
            for name in (_STEM, *_STAGE_WIDTHS)
        ),
        UniformFloatHyperparameter("lr", 1e-4, 1.0, log=True, default_value=0.1),
        _weight_decay(options),
        UniformIntegerHyperparameter("warmup_epochs", 1, 5, default_value=1),
    )
    return space


def stem_channels(config: Configuration, width: float) -> int:
    """Return the stem's channel number.

    Parameters
    ----------
    config
        The configuration.
    width
        A factor on the channel numbers of all configurations.
    """
    return _channels(_STEM_CHANNELS * config[_STEM] * width)


def stage_channels(config: Configuration, width: float) -> tuple[int, ...]:
    """Return the channel number of each stage, as `stem_channels` does for the stem."""
    return tuple(
        _channels(channels * config[name] * width)
        for name, channels in zip(_STAGE_WIDTHS, _STAGE_CHANNELS, strict=True)
    )


def _channels(wanted: float) -> int:
    return max(_CHANNEL_STEP, round(wanted / _CHANNEL_STEP) * _CHANNEL_STEP)


def _weight_decay(options: ImagenetOptions) -> UniformFloatHyperparameter:
    if options.weight_decay == "uniform":
        return UniformFloatHyperparameter("weight_decay", 0.0, 0.1, default_value=5e-4)
    return UniformFloatHyperparameter("weight_decay", 1e-6, 1e-2, log=True, default_value=5e-4)
