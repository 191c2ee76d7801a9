"""The kit notices workloads that break the contract."""

import pytest
import torch

from harness.precision import Precision
from harness.space import plain_configuration
from harness.testing import WorkloadConformance, WorkloadUnderTest
from harness.testing.workloads import AnalyticTraining, AnalyticWorkload
from harness.workload import BuildContext

FP32 = Precision("fp32", "cpu", None, scale_gradients=False, tf32=False)
CONFIG = plain_configuration(dict(AnalyticWorkload().space().get_default_configuration()))


class Forgetful(AnalyticTraining):
    """Its state lacks what it has learnt."""

    def state_dict(self):
        return {**super().state_dict(), "level": 0.0}


class Stubborn(AnalyticTraining):
    """Loading a state brings the old hyperparameters back."""

    def state_dict(self):
        return {**super().state_dict(), "config": dict(self._config)}

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self._config = dict(state["config"])


class Restless(AnalyticTraining):
    """Looking at it changes it."""

    def validate(self):
        self._level *= 0.999
        return super().validate()


def building(kind):
    def build(changed=None, precision="fp32", seed=1, restored=False):
        context = BuildContext(FP32, torch.device("cpu"), seed, 4, restored=restored)
        options = AnalyticWorkload().options
        return kind(CONFIG if changed is None else changed, options, context.seed)

    return build


@pytest.mark.parametrize("told", [False, True])
def test_a_state_that_lacks_something_is_noticed(told, tmp_path):
    goes_on = WorkloadConformance().test_a_restored_training_goes_on_as_the_first
    goes_on(building(AnalyticTraining), tmp_path, told)
    with pytest.raises(AssertionError):
        goes_on(building(Forgetful), tmp_path, told)


def test_a_restore_that_undoes_a_mutation_is_noticed():
    kit, mutated = WorkloadConformance(), {**CONFIG, "lr": 0.3, "weight_decay": 0.01}
    sound = building(AnalyticTraining)
    kit.test_a_mutation_holds_after_a_restore(AnalyticWorkload(), sound, mutated)
    with pytest.raises(AssertionError):
        kit.test_a_mutation_holds_after_a_restore(AnalyticWorkload(), building(Stubborn), mutated)


def test_a_validation_that_changes_the_training_is_noticed():
    with pytest.raises(AssertionError):
        WorkloadConformance().test_looking_does_not_change_the_training(building(Restless))


class Duplicating(AnalyticWorkload):
    """Says that several ranks can train a trial, and each trains all of it."""

    several_ranks = True


@pytest.mark.slow
def test_ranks_that_each_train_the_whole_trial_are_noticed(tmp_path):
    share = WorkloadConformance().test_ranks_share_a_trial_or_the_workload_says_that_they_cannot
    here = WorkloadUnderTest(f"{__name__}:Duplicating")
    with pytest.raises(AssertionError, match="each rank trains the whole trial"):
        share(here, Duplicating(), CONFIG, building(AnalyticTraining), tmp_path)
