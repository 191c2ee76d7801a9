"""Hands out thousands of given trials, each at a cost that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ray.tune.experiment import Experiment
from ray.tune.experiment import Trial as TuneTrial
from ray.tune.search.basic_variant import _TrialIterator

from backends.ray.searchers import FixedTrials
from backends.ray.trial_config import KEY, describe_trial
from harness.trial import Trial
from harness.trials.deadline import Deadline


class ListedTrials(FixedTrials):
    """Hands out a list in order; Tune's own grid copies all of itself for each of its values.

    Parameters
    ----------
    max_concurrent
        Trials that are under way at the same time.
    trials
        The trials.
    describe
        Returns what Tune carries of a trial.
    """

    def __init__(
        self,
        max_concurrent: int,
        trials: Sequence[Trial],
        describe: Callable[[Trial], dict[str, Any]] = describe_trial,
    ) -> None:
        super().__init__(max_concurrent, Deadline(None))
        self._listed = trials
        self._describe = describe

    def add_configurations(self, experiments: Any) -> None:
        """Take the experiment that all trials belong to."""
        [experiment] = experiments
        self._total_samples = len(self._listed)
        made: Any = self._made(experiment)
        self._trial_generator = made

    def _made(self, experiment: Experiment) -> Iterator[TuneTrial]:
        maker = _TrialIterator(self._uuid_prefix, 1, experiment.spec)
        for trial in self._listed:
            maker_spec = {**experiment.spec, "config": {KEY: self._describe(trial)}}
            yield maker.create_trial({}, maker_spec)
