"""Learning-rate schedules, as pure functions of the optimizer step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

Schedule = Literal["constant", "cosine"]
"""What the learning rate does after the warm-up."""

Decay = Callable[[int, int], float]
"""A schedule of one's own: from the step after the warm-up, from 0, and the number of these
steps to the factor of the learning rate."""


def linear_warm_up(step: int, warm_up_steps: int) -> float:
    """Return the factor of a linear warm-up, which stays at 1 once it is reached.

    Parameters
    ----------
    step
        The optimizer step, counted from 0 over the whole training.
    warm_up_steps
        The number of steps until the factor is 1; 0 for no warm-up.

    Returns
    -------
    float
        ``(step + 1) / warm_up_steps``, at most 1. The first step already learns.

    Notes
    -----
    Goyal et al., *Accurate, Large Minibatch SGD*, 2017, section 2.2.
    """
    if warm_up_steps <= 0:
        return 1.0
    return min(1.0, (step + 1) / warm_up_steps)


def cosine_decay(step: int, decay_steps: int) -> float:
    """Return the factor of half a cosine from 1 to 0; it stays at 0 from there on.

    Parameters
    ----------
    step
        The optimizer step, counted from the start of the decay.
    decay_steps
        The number of steps until the factor is 0; below 1 there is no decay.

    Notes
    -----
    Loshchilov and Hutter, *SGDR*, 2017, equation 5, without restarts.
    """
    if decay_steps <= 0:
        return 1.0
    progress = min(1.0, max(0, step) / decay_steps)
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def learning_rate_factor(
    step: int,
    *,
    steps_per_epoch: int,
    warm_up_epochs: float,
    max_epochs: int,
    schedule: Schedule | Decay,
) -> float:
    """Return what the configured learning rate is multiplied by in one step.

    Parameters
    ----------
    step
        The optimizer step, counted from 0 over the whole training.
    steps_per_epoch
        The number of optimizer steps in an epoch.
    warm_up_epochs
        The length of the linear warm-up.
    max_epochs
        The length of a whole training, at whose end a cosine reaches 0.
    schedule
        What follows the warm-up. A function is multiplied by the warm-up's factor.

    Returns
    -------
    float
        A factor; in [0, 1] unless a function of one's own gives another.
    """
    warm_up_steps = round(warm_up_epochs * steps_per_epoch)
    factor = linear_warm_up(step, warm_up_steps)
    if schedule == "constant":
        return factor
    decay = cosine_decay if schedule == "cosine" else schedule
    return factor * decay(step - warm_up_steps, max_epochs * steps_per_epoch - warm_up_steps)
