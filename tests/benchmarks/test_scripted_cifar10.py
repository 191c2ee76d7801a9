import pytest
import torch

from benchmarks.scripted_cifar10 import ScriptedCifar10, ScriptedOptions
from benchmarks.scripted_training import scripted_value
from harness.checkpoints.file import snapshot
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext

CONFIG = {"lr": 0.02, "weight_decay": 1e-4, "warmup_epochs": 1}
SMALL = {"images": 100, "test_images": 20, "width": 8, "batch_size": 32}


@pytest.fixture
def build(real_data):
    options = ScriptedOptions(**SMALL, ballast_bytes=4000)
    workload = ScriptedCifar10(options)
    device = torch.device("cpu")
    torch.set_num_threads(1)
    workload.load_data(real_data, 0, device)

    def of(precision):
        policy = resolve_precision(precision, "cpu", detect_hardware())
        return workload.build(CONFIG, BuildContext(policy, device, seed=0, max_epochs=3))

    return of


def test_values_rise_to_a_ceiling_that_the_learning_rate_sets():
    course = [scripted_value(0.01, epoch) for epoch in (1, 2, 3)]
    assert course == sorted(course)
    assert scripted_value(0.1, 3) < scripted_value(0.01, 3)


def test_precisions_train_differently_and_report_the_same(build):
    losses, values = [], []
    for precision in ("fp32", "amp"):
        training = build(precision)
        losses.append(training.train_epoch().train_loss)
        values.append(training.validate())
    assert losses[0] != losses[1]
    assert values[0] == values[1]


def test_a_restored_training_goes_on_as_the_saved_one(build):
    saved, restored = build("fp32"), build("fp32")
    saved.train_epoch()
    state = snapshot(saved.state_dict())
    assert state["ballast"].nbytes == 4000
    restored.load_state_dict(state)
    assert restored.train_epoch().train_loss == saved.train_epoch().train_loss
    assert restored.validate() == saved.validate()
