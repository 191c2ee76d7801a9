"""What an engine learns of an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochReport:
    """What an engine learns of one epoch.

    Attributes
    ----------
    trial_id
        The trial.
    epoch
        The epoch that ended, from 1.
    value
        The validation value in its natural direction; NaN when the trial failed.
    ended
        Whether the trial is over: it reached its last epoch, or it failed.
    failed
        Whether it failed.
    """

    trial_id: str
    epoch: int
    value: float
    ended: bool
    failed: bool
