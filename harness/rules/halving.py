"""Asynchronous successive halving: the rungs, and the rule at a rung.

The rule is that of Ray Tune's ``ASHAScheduler`` (Li et al., *A System for Massively
Parallel Hyperparameter Tuning*, MLSys 2020, in its stopping variant), so that
``asha`` means the same on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from harness.trial import Judgement


def rung_epochs(grace_epochs: int, reduction_factor: int, max_epochs: int) -> list[int]:
    """Return the epochs at which trials are judged, in rising order.

    Parameters
    ----------
    grace_epochs
        The first rung.
    reduction_factor
        Each rung is this many times as long as the one before.
    max_epochs
        Rungs lie below it.
    """
    rungs = []
    epoch = grace_epochs
    while epoch < max_epochs:
        rungs.append(epoch)
        epoch *= reduction_factor
    return rungs


def continues_beyond_rung(
    value: float,
    recorded: Sequence[float],
    reduction_factor: float,
    mode: Literal["min", "max"],
) -> bool:
    """Decide whether a trial goes on beyond a rung.

    Parameters
    ----------
    value
        The trial's value at the rung, in its natural direction.
    recorded
        The values recorded at the rung before this one; NaN are ignored.
    reduction_factor
        The best 1/`reduction_factor` go on.
    mode
        The direction of the metric.

    Returns
    -------
    bool
        True for the first arrival, and for a value in the best fraction.
    """
    return judge_at_rung(0, value, recorded, reduction_factor, mode).goes_on


def judge_at_rung(
    epoch: int,
    value: float,
    recorded: Sequence[float],
    reduction_factor: float,
    mode: Literal["min", "max"],
) -> Judgement:
    """Return what decides whether a trial goes on beyond a rung.

    Parameters
    ----------
    epoch
        The rung.
    value, recorded, reduction_factor, mode
        As in `continues_beyond_rung`.
    """
    known = np.asarray(recorded, dtype=float)
    known = known[~np.isnan(known)]
    if known.size == 0:
        return Judgement(epoch, value, None, goes_on=True)
    sign = 1.0 if mode == "max" else -1.0
    cutoff = float(np.percentile(sign * known, (1 - 1 / reduction_factor) * 100))
    return Judgement(epoch, value, sign * cutoff, bool(sign * value >= cutoff))
