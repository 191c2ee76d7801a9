"""Patches that keep Tune from ending processes that the search still needs.

A process costs seconds: its start, its imports and the loading of its data. Upstream
knows that which actors are reused is left to chance, and has turned reuse off by default
(https://github.com/ray-project/ray/pull/42951).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import HyperBandForBOHB


class KeepsActors:
    """A scheduler that lets actors live as long as the search.

    Tune keeps one actor that no trial waits for. When a bracket is judged, or
    when members fit the slots, several are idle at once. And Tune gives an idle
    actor to the trial that is first in line, even when an actor of that trial's
    own is about to come up, which Tune then ends; where trials pause more often
    than an actor takes to start, its slot would never train.

    Attributes
    ----------
    slots
        The number of slots.
    """

    slots: int = 1
    _told = False
    _looks = 0
    _turns: Mapping[Trial, int] = MappingProxyType({})

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Raise the number of idle actors that Tune may keep, once."""
        if not self._told:
            self._told = True
            tune_controller._actor_cache.increase_max(trial.placement_group_factory, self.slots)
        super().on_trial_add(tune_controller, trial)  # type: ignore[misc]

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        """Return the trial to run next among those that have no actor to come.

        Of trials that have equal claims, the one that was seen to run longest ago
        is chosen; to be chosen is no turn, since it may find no free slot. Tune
        prefers the first in its list: an exploited member takes over its donor's
        claim, and the first few members would train and exploit for ever while the
        donors never get a turn.
        """
        self._looks += 1
        trials = tune_controller.get_trials()
        running = {trial: self._looks for trial in trials if trial.status == Trial.RUNNING}
        self._turns = {**self._turns, **running}
        chosen: Trial | None = super().choose_trial_to_run(  # type: ignore[misc]
            _Waiting(tune_controller, self._turns)
        )
        return chosen


class TakesInOrder(KeepsActors):
    """A scheduler that takes the trials that wait in the order in which they came.

    That is the choice of `KeepsActors` for a scheduler that pauses no trial; it looks at
    the few trials that wait, and not at all there are. A trial that came again, because
    its process died, comes after those that have not run.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: dict[str, tuple[bool, int]] = {}

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Give a trial its place."""
        super().on_trial_add(tune_controller, trial)
        self._places[trial.trial_id] = (trial.trial_id in self._places, len(self._places))

    def choose_trial_to_run(self, tune_controller: Any) -> Trial | None:
        """Return the first of those that wait and have no actor to come."""
        waiting = (
            trial
            for trial in tune_controller._pending_trials
            if not has_actor_to_come(tune_controller, trial)
        )
        return min(waiting, key=lambda trial: self._places[trial.trial_id], default=None)


class TakesFromBrackets(KeepsActors):
    """A scheduler of BOHB's brackets that takes the trials that have no actor to come."""

    def choose_trial_to_run(self, tune_controller: Any, allow_recurse: bool = True) -> Trial | None:
        """Return the trial to run next among those that have no actor to come."""
        scheduler: Any = self
        chosen = HyperBandForBOHB.choose_trial_to_run(scheduler, tune_controller, allow_recurse)
        if chosen is None or not has_actor_to_come(tune_controller, chosen):
            return chosen
        waiting = waiting_in_brackets(self)
        return next((t for t in waiting if not has_actor_to_come(tune_controller, t)), None)


class _Waiting:
    """A Tune controller that shows only the trials without an actor to come.

    It shows them in the order of their last turns; Tune's own sorting is stable.
    """

    def __init__(self, tune_controller: Any, turns: Mapping[Trial, int]) -> None:
        self._controller = tune_controller
        self._turns = turns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._controller, name)

    def get_trials(self) -> list[Trial]:
        """Return the trials that an idle actor may take, and those that run."""
        shown = [t for t in self._controller.get_trials() if not has_actor_to_come(self, t)]
        return sorted(shown, key=lambda trial: self._turns.get(trial, 0))


def has_actor_to_come(tune_controller: Any, trial: Trial) -> bool:
    """Whether an actor is starting, or being reset, for a trial.

    An actor that was asked for and has no free slot yet does not count.
    """
    if trial.status != Trial.PENDING:
        return False
    actor = tune_controller._trial_to_actor.get(trial)
    return actor is not None and tune_controller._actor_manager.is_actor_started(actor)


def waiting_in_brackets(scheduler: Any) -> Iterator[Trial]:
    """Yield the trials of a hyperband scheduler that may run, in its order."""
    for band in scheduler._hyperbands:
        for bracket in band:
            for trial in bracket.current_trials() if bracket is not None else ():
                unpaused = trial.status == Trial.PAUSED and trial in bracket.trials_to_unpause
                if unpaused or trial.status == Trial.PENDING:
                    yield trial
