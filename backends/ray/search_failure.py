"""Ends a search in which no trial can begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ray import tune
from ray.tune.experiment import Trial
from ray.tune.stopper import Stopper


class SearchFailure(tune.Callback):
    """Learns that a process could not load its data, or failed every trial, and stops everything.

    Every further process would fail in the same way.

    Attributes
    ----------
    stops
        Called to keep the search algorithm from handing out trials.
    """

    def __init__(self) -> None:
        self.stops: Callable[[], None] | None = None
        self.stopper = _WhenFailed()

    @property
    def happened(self) -> bool:
        """Whether the search is about to end with an error."""
        return self.stopper.error is not None

    def on_trial_result(
        self,
        iteration: int,
        trials: list[Trial],
        trial: Trial,
        result: dict[str, Any],
        **info: Any,
    ) -> None:
        """Note an error that is the search's and not the trial's."""
        error = result.pop("search_error", None)
        if error is not None:
            self.stopper.error = error
            if self.stops is not None:
                self.stops()

    def raise_if_any(self) -> None:
        """Raise the error that ended the search, if one did."""
        if self.stopper.error is not None:
            raise self.stopper.error


class _WhenFailed(Stopper):
    def __init__(self) -> None:
        self.error: Exception | None = None

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self.error is not None
