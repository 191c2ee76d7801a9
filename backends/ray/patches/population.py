"""Patches of Tune's population-based schedulers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from backends.ray.trainable import METRIC
from backends.ray.trial_config import trial_id_of
from harness.trial import Judgement


class _HasConfig(Protocol):
    config: dict[str, Any]


class OpensTrials:
    """Gives the configuration an exploit makes the identity of the trial it opens.

    Tune makes it from a copy of the donor's. The member that exploits keeps its
    own number and member. Required.
    """

    lineage: Any
    _trial_state: dict[Any, Any]

    def _get_new_config(
        self, trial: _HasConfig, trial_to_clone: _HasConfig
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        explored, operations = super()._get_new_config(trial, trial_to_clone)  # type: ignore[misc]
        donor, own = self._trial_state[trial_to_clone], self._trial_state[trial]
        donated = Path(donor.last_checkpoint.path)
        value, against = (state.last_result[METRIC] for state in (own, donor))
        judgement = Judgement(own.last_train_time, value, against, goes_on=False)
        told = sum(state.last_score is not None for state in self._trial_state.values())
        return self.lineage.succeed(trial.config, explored, donated, judgement, told), operations


class TakesUpMembers:
    """Goes on with members that an earlier session left. Required for that."""

    past: Any
    _trial_state: dict[Any, Any]

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Let a member keep its place between two perturbations."""
        known = trial in self._trial_state
        super().on_trial_add(tune_controller, trial)  # type: ignore[misc]
        if not known:
            self.past.restore(self._trial_state[trial], trial_id_of(trial.config))


class KeepsTurns:
    """Has a member whose process died go on as one that has perturbed before.

    Tune adds its trial anew, and forgets its score and its last perturbation. No thread
    upstream was found.
    """

    _trial_state: dict[Any, Any]

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Keep what is known of a member that is added again."""
        known = self._trial_state.get(trial)
        super().on_trial_add(tune_controller, trial)  # type: ignore[misc]
        if known is not None:
            self._trial_state[trial] = known
