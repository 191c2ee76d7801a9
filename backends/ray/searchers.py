"""Where Tune's trials come from: a fixed list, or BOHB's model."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ray.tune.experiment import Experiment
from ray.tune.experiment import Trial as TuneTrial
from ray.tune.search import BasicVariantGenerator, SearchGenerator
from ray.tune.search.basic_variant import _TrialIterator
from ray.tune.search.bohb import TuneBOHB

from backends.ray.patches.search_algorithms import FinishedWithItsTrials
from backends.ray.space_translation import BOHBSpace
from backends.ray.trainable import EPOCH
from backends.ray.trial_config import KEY, REPORTED, describe_trial
from harness.records.history import History, PastTrial
from harness.trial import Origin, numbered_trial
from harness.trials.deadline import Deadline


class _Stoppable:
    """Can be told that nothing is to come, whatever is under way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stopped = False

    def next_trial(self) -> TuneTrial | None:
        """Return the next trial, or None."""
        trial: TuneTrial | None = None if self._stopped else super().next_trial()  # type: ignore[misc]
        return trial

    def is_finished(self) -> bool:
        """Whether no trial is to come."""
        return self._stopped or super().is_finished()  # type: ignore[misc]

    def stop(self) -> None:
        """Be finished, whatever is under way."""
        self._stopped = True


class FixedTrials(_Stoppable, FinishedWithItsTrials, BasicVariantGenerator):
    """Hands out given trials in order, each at a cost that does not grow with their number.

    Tune's own grid copies all of itself for each of its values.

    Parameters
    ----------
    described
        What Tune carries of each trial, see `describe_trial`.
    max_concurrent
        Trials that are under way at the same time; 0 for no limit.
    deadline
        After it no trial is handed out.
    """

    def __init__(
        self, described: Sequence[dict[str, Any]], max_concurrent: int, deadline: Deadline
    ) -> None:
        super().__init__(max_concurrent=max_concurrent)
        self._described = described
        self._deadline = deadline

    def add_configurations(self, experiments: Any) -> None:
        """Take the experiment that all trials belong to."""
        [experiment] = experiments
        self._total_samples = len(self._described)
        made: Any = self._made(experiment)
        self._trial_generator = made

    def _made(self, experiment: Experiment) -> Iterator[TuneTrial]:
        maker = _TrialIterator(self._uuid_prefix, 1, experiment.spec)
        for described in self._described:
            yield maker.create_trial({}, {**experiment.spec, "config": {KEY: described}})

    def next_trial(self) -> TuneTrial | None:
        """Return the next trial, or None."""
        if self._deadline.has_passed():
            self.set_finished()
        return super().next_trial()


class SuggestedTrials(_Stoppable, FinishedWithItsTrials, SearchGenerator):
    """Hands out what a searcher suggests."""


class NotedPicks:
    """hpbandster's generator, which remembers where its last configuration came from.

    Tune drops what it says of that.

    Parameters
    ----------
    generator
        hpbandster's.

    Attributes
    ----------
    by_model
        Whether the last configuration came from a model.
    told
        How many results it was told.
    """

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self.by_model = False
        self.told = 0

    @property
    def losses(self) -> dict[float, list[float]]:
        """What it knows, by budget."""
        losses: dict[float, list[float]] = self._generator.losses
        return losses

    def get_config(self, budget: float | None) -> Any:
        """Return a configuration and what is known of it."""
        config, known = self._generator.get_config(budget)
        self.by_model = bool(known.get("model_based_pick", False))
        return config, known

    def new_result(self, job: Any) -> None:
        """Learn from a result."""
        self.told += 1
        self._generator.new_result(job)


class NumberedBOHB(TuneBOHB):
    """BOHB whose suggestions are numbered harness trials.

    The trials that earlier sessions left unfinished come before new ones.

    Parameters
    ----------
    space
        The translated space.
    mode
        Direction of the metric.
    metric
        The metric's name in Tune's results.
    seed
        Seeds the space's sampling.
    max_concurrent
        Trials that train at the same time.
    deadline
        After it nothing is suggested.
    budgets
        The rungs of all brackets, in epochs.
    history
        The earlier sessions.
    trials
        How many there are in all sessions.
    """

    def __init__(
        self,
        space: BOHBSpace,
        mode: str,
        metric: str,
        seed: int,
        max_concurrent: int,
        deadline: Deadline,
        budgets: Collection[int],
        history: History,
        trials: int,
    ) -> None:
        super().__init__(
            space=space.space(),
            metric=metric,
            mode=mode,
            points_to_evaluate=[space.suggestion(p.trial.config) for p in history.in_flight],
            seed=seed,
            max_concurrent=max_concurrent,
        )
        self._translation = space
        self._deadline = deadline
        self._budgets = frozenset(budgets)
        self._unfinished = deque(history.in_flight)
        self._numbers = deque(history.free_numbers(trials))
        self._picks = self.bohber = NotedPicks(self.bohber)
        self._told: set[tuple[str, int]] = set()
        for past in history.trials:
            self._recall(past)

    def suggest(self, trial_id: str) -> Any:
        """Return the next trial's configuration, None for later, or that there is none."""
        if self._deadline.has_passed():
            return self.FINISHED
        told = self._picks.told
        suggestion = super().suggest(trial_id)
        if suggestion is None:
            return None
        if self._unfinished:
            return {KEY: self._describe_unfinished(self._unfinished.popleft())}
        configuration = self._translation.configuration(suggestion)
        number = self._numbers.popleft()
        origin: Origin = "model" if self._picks.by_model else "random"
        return {KEY: describe_trial(numbered_trial(number, configuration, origin, told))}

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Tell the model a value that a bracket judged, with the epoch it belongs to.

        A trial that an earlier session left may be further than its bracket.
        """
        super().on_trial_result(trial_id, {**result, "hyperband_info": {}})
        if "budget" in result.get("hyperband_info", {}) and result[EPOCH] in self._budgets:
            self.tell(trial_id, result[EPOCH], result[self.metric])

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Tell the model the last value of a trial, if it was not told.

        Tune withholds the result at which a trial is stopped: that of the last one at
        each rung, if it does not go on, and at the end of each bracket.
        """
        if result and result.get(EPOCH) in self._budgets and math.isfinite(result[self.metric]):
            self.tell(trial_id, result[EPOCH], result[self.metric])
        super().on_trial_complete(trial_id, result, error)

    def tell(self, trial_id: str, budget: int, value: float) -> None:
        """Tell the model what a trial came to at a budget, once; NaN is worse than all.

        That is what hpbandster makes of a training that crashed.
        """
        if (trial_id, budget) not in self._told:
            self._told.add((trial_id, budget))
            result = {self.metric: value, "hyperband_info": {"budget": budget}}
            self.bohber.new_result(self.to_wrapper(trial_id, result))

    def _describe_unfinished(self, past: PastTrial) -> dict[str, Any]:
        described = describe_trial(past.trial)
        if past.last_value is not None:
            # Its bracket is gone: another one judges it where it was.
            reported = {EPOCH: past.epoch, self.metric: past.last_value}
            described[REPORTED] = {**reported, "ended": False, "done": False}
        return described

    def _recall(self, past: PastTrial) -> None:
        self.trial_to_params[past.trial.trial_id] = self._translation.suggestion(past.trial.config)
        for epoch, value in past.values.items():
            reported_again = epoch == past.epoch and not past.is_over
            if epoch in self._budgets and not reported_again:
                self.tell(past.trial.trial_id, epoch, value)
        if past.status == "failed":
            # Which bracket it was in is forgotten.
            budget = min(epoch for epoch in self._budgets if epoch > past.epoch)
            self.tell(past.trial.trial_id, budget, math.nan)
        del self.trial_to_params[past.trial.trial_id]
