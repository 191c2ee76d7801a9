import math

import pytest
import torch

from harness.errors import RequestError
from harness.plugins.loading import load_workload
from harness.precision import Precision
from harness.testing.workloads import AnalyticLossWorkload
from harness.workload import BuildContext

FAULTS = "harness.testing.faults"
CPU = torch.device("cpu")
FP32 = Precision("fp32", "cpu", None, scale_gradients=False, tf32=False)


@pytest.fixture
def build():
    """Builds a training of a wrapped learning curve."""

    def build(fault, lr=0.1, **options):
        workload = load_workload(f"{FAULTS}:{fault}", options)
        workload.load_data(None, 0, CPU)
        config = {**dict(workload.space().get_default_configuration()), "lr": lr}
        return workload.build(config, BuildContext(FP32, CPU, seed=0, max_epochs=9))

    return build


def test_a_wrapper_is_judged_and_searched_as_what_it_wraps():
    loss = "harness.testing.workloads:AnalyticLossWorkload"
    workload = load_workload(f"{FAULTS}:SlowWorkload", {"workload": loss})
    assert workload.metric == AnalyticLossWorkload.metric
    assert workload.mutable == AnalyticLossWorkload.mutable
    assert workload.max_epochs == AnalyticLossWorkload.max_epochs
    assert workload.space() == AnalyticLossWorkload().space()


def test_a_failing_training_raises_from_its_epoch_on(build):
    training = build("FailingWorkload", epoch=2)
    training.train_epoch()
    with pytest.raises(RuntimeError, match="injected fault"):
        training.train_epoch()


def test_the_epoch_of_a_fault_survives_a_restore(build):
    training = build("FailingWorkload", epoch=2)
    training.train_epoch()
    restored = build("FailingWorkload", epoch=2)
    restored.load_state_dict(training.state_dict())
    with pytest.raises(RuntimeError):
        restored.train_epoch()


def test_only_hyperparameters_above_all_bounds_are_struck(build):
    bounds = {"lr": 0.01, "weight_decay": 0.04}
    with pytest.raises(RuntimeError):
        build("FailingWorkload", lr=0.1, above=bounds).train_epoch()
    build("FailingWorkload", lr=0.001, above=bounds).train_epoch()
    build("FailingWorkload", lr=0.1, above={**bounds, "weight_decay": 0.06}).train_epoch()


def test_a_mutation_changes_whom_a_fault_strikes(build):
    training = build("FailingWorkload", lr=0.001, above={"lr": 0.01})
    training.train_epoch()
    training.set_hyperparameters({"lr": 0.5, "weight_decay": 0.0})
    with pytest.raises(RuntimeError):
        training.train_epoch()


def test_a_loss_is_lost(build):
    assert math.isnan(build("NanWorkload").train_epoch().train_loss)


def test_memory_runs_out_as_torch_says_it(build):
    with pytest.raises(torch.OutOfMemoryError, match="out of memory"):
        build("OutOfMemoryWorkload").train_epoch()


def test_a_slow_epoch_sleeps(build, monkeypatch):
    slept = []
    monkeypatch.setattr("harness.testing.faults.time.sleep", slept.append)
    result = build("SlowWorkload", seconds=3.0).train_epoch()
    assert slept == [3.0]
    assert math.isfinite(result.train_loss)


def test_wrappers_wrap_one_another(build):
    inner = {"workload": f"{FAULTS}:NanWorkload", "workload_options": {"above": {"lr": 0.01}}}
    training = build("FailingWorkload", above={"lr": 0.5}, **inner)
    assert math.isnan(training.train_epoch().train_loss)


def test_a_wrapped_workload_that_does_not_exist_is_refused():
    with pytest.raises(RequestError, match="no workload 'nothing'"):
        load_workload(f"{FAULTS}:NanWorkload", {"workload": "nothing"})
