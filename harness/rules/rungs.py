"""The rungs of a search: where trials are judged, and what was recorded there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from harness.records.history import History
from harness.rules.halving import judge_at_rung, rung_epochs
from harness.search_spec import SearchSpec
from harness.trial import Judgement


class Rungs(Protocol):
    """Judges trials at the rungs of successive halving."""

    def judge(
        self, epoch: int, value: float, reduction_factor: float, mode: Literal["min", "max"]
    ) -> Judgement | None:
        """Record a trial's value at `epoch`, and return what decides whether the trial goes on.

        Parameters
        ----------
        epoch
            The epoch that ended. At an epoch that is no rung there is nothing to decide.
        value
            The validation value in its natural direction; NaN is recorded and
            not counted.
        reduction_factor, mode
            As in `harness.rules.halving.continues_beyond_rung`.
        """


class LocalRungs:
    """The rungs of one process.

    Parameters
    ----------
    recorded
        Epoch of each rung to the values recorded in earlier sessions, in order.
    """

    def __init__(self, recorded: Mapping[int, Sequence[float]]) -> None:
        self._recorded = {epoch: list(values) for epoch, values in recorded.items()}

    def judge(
        self, epoch: int, value: float, reduction_factor: float, mode: Literal["min", "max"]
    ) -> Judgement | None:
        """Record a trial's value at `epoch`, and return what decides, as `Rungs` says."""
        recorded = self._recorded.get(epoch)
        if recorded is None:
            return None
        judgement = judge_at_rung(epoch, value, recorded, reduction_factor, mode)
        recorded.append(value)
        return judgement


def recorded_at_rungs(spec: SearchSpec, history: History) -> dict[int, list[float]]:
    """Return the rungs of a search, with what earlier sessions recorded there.

    A trial that goes on from a state beyond a rung has its value there, and does
    not come by again. One whose state lies below trains the rung's epoch once
    more, and `history` leaves out what it recorded there.
    """
    epochs = rung_epochs(spec.grace_epochs, spec.reduction_factor, spec.max_epochs)
    return {epoch: [value for _trial, value in history.at_rung(epoch)] for epoch in epochs}
