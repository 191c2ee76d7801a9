import pytest
import torch

from harness.plugins.loading import load_workload
from harness.precision import Precision
from harness.workload import BuildContext

FP32 = Precision("fp32", "cpu", None, scale_gradients=False, tf32=False)


@pytest.fixture
def build():
    """Builds a training of the default configuration."""

    def build(split_seed=0):
        workload = load_workload("diabetes", {})
        workload.load_data(None, split_seed, torch.device("cpu"))
        config = dict(workload.space().get_default_configuration())
        context = BuildContext(FP32, torch.device("cpu"), seed=0, max_epochs=workload.max_epochs)
        return workload.build(config, context)

    return build


def test_four_fifths_of_the_rows_that_are_not_for_the_test_are_trained_on(build):
    assert build().train_epoch().samples == round(0.8 * (442 - 88))


def test_the_split_follows_from_its_seed(build):
    assert build(0).validate() == build(0).validate() != build(1).validate()


def test_the_default_predicts_better_than_the_mean(build):
    training = build()
    for _ in range(27):
        training.train_epoch()
    assert training.validate() < 0.7
    assert training.test() < 0.7
