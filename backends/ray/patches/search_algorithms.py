"""A patch of when Tune takes a search algorithm for finished."""

from __future__ import annotations

from typing import Any

from ray.tune.experiment import Trial


class FinishedWithItsTrials:
    """Is finished when its last trial is over, not when that is handed out.

    Tune shuts down the actor of a paused trial when the search algorithm is
    finished and no other trial waits. Each exploit of a population that fits the
    slots, and each trial of a last bracket, would so cost a process start. No thread
    upstream was found.

    Attributes
    ----------
    waits
        Whether it does so; Tune's own search algorithms do not.
    """

    waits = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._under_way: set[str] = set()

    def next_trial(self) -> Trial | None:
        """Return the next trial, or None."""
        if super().is_finished():  # type: ignore[misc]
            return None
        trial: Trial | None = super().next_trial()  # type: ignore[misc]
        if trial is not None:
            self._under_way.add(trial.trial_id)
        return trial

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Note that a trial is over."""
        super().on_trial_complete(trial_id, result, error)  # type: ignore[misc]
        self._under_way.discard(trial_id)

    def is_finished(self) -> bool:
        """Whether every trial handed out is over and none is left."""
        finished: bool = super().is_finished()  # type: ignore[misc]
        return finished and not (self.waits and self._under_way)
