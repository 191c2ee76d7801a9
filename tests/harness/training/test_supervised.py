import math
import time

import pytest
import torch
from torch import nn
from torch.nn import functional

from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.training.image_batches import Augmentation, ImageBatches, LabelledImages
from harness.training.normalisation import Normalisation
from harness.training.optimizers import sgd_settings
from harness.training.supervised import (
    SupervisedTask,
    SupervisedTraining,
    correct_predictions,
)
from harness.workload import BuildContext
from tests.harness.training.observed import curve, through_a_file, weights

HARDWARE = detect_hardware()
CPU = torch.device("cpu")
CONFIG = {"lr": 0.05, "weight_decay": 1e-4, "warmup_epochs": 1}
PRECISIONS = ["fp32", "amp", "amp-fp16"]


def context(precision="fp32", seed=0, max_epochs=4):
    return BuildContext(resolve_precision(precision, "cpu", HARDWARE), CPU, seed, max_epochs)


def convolutional_model():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4)
    )


def digits_task(seed=0, **replaced):
    """Four classes of 8×8 images: bright in one quarter each."""
    generator = torch.Generator().manual_seed(7)
    labels = torch.arange(60) % 4
    pixels = torch.randint(0, 160, (60, 3, 8, 8), dtype=torch.uint8, generator=generator)
    for image, label in zip(pixels, labels, strict=True):
        top, left = 4 * (label // 2), 4 * (label % 2)
        image[:, top : top + 4, left : left + 4] += 60
    data = LabelledImages(pixels, labels)
    normalisation = Normalisation((0.4,) * 3, (0.2,) * 3)
    order = torch.Generator().manual_seed(seed)
    evaluation = ImageBatches(data, 32, (8, 8), normalisation)
    settings = {
        "model": convolutional_model,
        "loss": functional.cross_entropy,
        "metric": correct_predictions,
        "train": ImageBatches(
            data, 16, (8, 8), normalisation, order, Augmentation(padding=1, flip=False)
        ),
        "validation": evaluation,
        "test": evaluation,
        "generator": order,
        **replaced,
    }
    return SupervisedTask(**settings)


def build(config=CONFIG, precision="fp32", seed=0, **replaced):
    return SupervisedTraining(digits_task(seed, **replaced), config, context(precision, seed))


def changed_weights(training):
    """Train an epoch and return which trainable tensors changed."""
    before = weights(training)
    training.train_epoch()
    after = weights(training)
    return {name for name in before if "weight" in name and not before[name].equal(after[name])}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_training_learns(precision):
    training = build(precision=precision)
    values = curve(training, 4)
    assert values[-1][0] < values[0][0] and values[-1][1] > 0.9
    assert training.test() == values[-1][1]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_trial_twice_gives_bitwise_the_same_curve(precision):
    assert curve(build(precision=precision), 3) == curve(build(precision=precision), 3)


def test_another_seed_gives_another_curve():
    assert curve(build(seed=0), 1) != curve(build(seed=1), 1)


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_interrupted_training_continues_bitwise(precision):
    whole = curve(build(precision=precision), 4)
    interrupted = build(precision=precision)
    first = curve(interrupted, 2)
    resumed = build(precision=precision, seed=0)
    resumed.load_state_dict(through_a_file(interrupted.state_dict()))
    assert first + curve(resumed, 2) == whole


def test_one_state_can_be_loaded_many_times():
    parent = build()
    parent.train_epoch()
    state = through_a_file(parent.state_dict())
    children = []
    for _ in range(2):
        child = build()
        child.load_state_dict(state)
        children.append(curve(child, 1))
    assert children[0] == children[1]


def test_after_a_restore_the_new_hyperparameters_hold():
    parent = build()
    parent.train_epoch()
    state = through_a_file(parent.state_dict())
    frozen = build({**CONFIG, "lr": 0.0})
    frozen.load_state_dict(state)
    assert changed_weights(frozen) == set()

    decay_only = build({**CONFIG, "weight_decay": 0.5, "momentum": 0.0})
    ordinary = build({**CONFIG, "momentum": 0.0})
    for child in (decay_only, ordinary):
        child.load_state_dict(state)
        child.train_epoch()
    assert total_size(decay_only) < total_size(ordinary)


def total_size(training):
    return sum(
        value.square().sum().item()
        for name, value in training.state_dict()["model"].items()
        if name.endswith("weight")
    )


def test_mutating_hyperparameters_takes_effect_in_the_next_epoch():
    training = build()
    training.train_epoch()
    training.set_hyperparameters({**CONFIG, "lr": 0.0})
    assert changed_weights(training) == set()
    training.set_hyperparameters(CONFIG)
    assert changed_weights(training)


def test_the_learning_rate_follows_the_schedule_in_every_step():
    class Bias(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(()))

        def forward(self, inputs):
            return self.bias.expand(len(inputs))

    config = {"lr": 0.1, "momentum": 0.0, "warmup_epochs": 2}
    training = build(
        config,
        model=Bias,
        loss=lambda outputs, _: outputs.mean(),
        schedule="constant",
    )
    moved = []
    for _ in range(3):
        training.train_epoch()
        moved.append(-training.state_dict()["model"]["bias"].item() / 0.1)
    assert moved == pytest.approx([10 / 8, 36 / 8, 36 / 8 + 4])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_loss_is_computed_in_float32_outside_autocast(precision):
    seen = []

    def loss(outputs, labels):
        seen.append((outputs.dtype, torch.is_autocast_enabled("cpu")))
        return functional.cross_entropy(outputs, labels)

    build(precision=precision, loss=loss).train_epoch()
    assert set(seen) == {(torch.float32, False)}


def test_overflowing_steps_are_skipped_and_counted():
    def overflowing(outputs, labels):
        return functional.cross_entropy(outputs, labels) * 1e38

    training = build(precision="amp-fp16", loss=overflowing)
    before = weights(training)
    result = training.train_epoch()
    assert result.skipped_steps == 4
    after = weights(training)
    assert all(
        before[name].equal(after[name])
        for name in before
        if "running" not in name and "num_batches" not in name
    )


def test_the_train_loss_is_the_mean_over_samples_not_over_batches():
    def batch_size_as_loss(outputs, labels):
        return outputs.sum() * 0.0 + len(labels)

    result = build(loss=batch_size_as_loss).train_epoch()
    assert result.samples == 60
    assert result.train_loss == pytest.approx((3 * 16 * 16 + 12 * 12) / 60)


def test_a_diverged_loss_is_returned_as_it_is():
    result = build(loss=lambda outputs, _: outputs.sum() * math.nan).train_epoch()
    assert math.isnan(result.train_loss)


class SlowBatches:
    """Batches that take a while to come."""

    def __init__(self, batches, seconds):
        self.batches = batches
        self.seconds = seconds

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            time.sleep(self.seconds)
            yield batch


def test_the_wait_for_batches_is_measured():
    batches = SlowBatches(list(digits_task().train), seconds=0.02)
    assert 0.08 <= build(train=batches).train_epoch().data_wait_s < 0.2


def test_building_and_training_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    curve(build(), 1)
    assert torch.get_rng_state().equal(before)


def test_initial_weights_do_not_depend_on_the_global_generator():
    torch.manual_seed(1)
    first = weights(build())
    torch.manual_seed(2)
    second = weights(build())
    assert all(first[name].equal(second[name]) for name in first)


def test_images_and_kernels_are_laid_out_channels_last():
    layouts = []

    class Recorder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = convolutional_model()

        def forward(self, images):
            kernel = self.layers[0].weight
            for tensor in (images, kernel):
                layouts.append(tensor.is_contiguous(memory_format=torch.channels_last))
            return self.layers(images)

    build(model=Recorder).train_epoch()
    assert layouts and all(layouts)


def test_evaluation_uses_running_statistics_and_no_gradients():
    modes = set()

    class Recorder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = convolutional_model()

        def forward(self, images):
            modes.add((self.training, torch.is_inference_mode_enabled()))
            return self.layers(images)

    training = build(model=Recorder)
    before = weights(training)
    training.validate()
    after = weights(training)
    assert modes == {(False, True)}
    assert all(before[name].equal(after[name]) for name in before)


def test_a_regression_metric_is_averaged_over_samples():
    inputs = torch.randn(10, 4, generator=torch.Generator().manual_seed(0))
    batches = [(part, part) for part in inputs.split(4)]
    training = build(
        model=lambda: nn.Linear(4, 4),
        loss=functional.mse_loss,
        metric=lambda outputs, targets: (outputs - targets).square().mean(dim=1).sum(),
        train=batches,
        validation=batches,
        test=batches,
    )
    state = training.state_dict()["model"]
    outputs = functional.linear(inputs, state["weight"], state["bias"])
    assert training.validate() == pytest.approx(functional.mse_loss(outputs, inputs).item())


def test_parameters_counts_the_trainable_ones():
    assert build().parameters == (3 * 8 * 9 + 8) + 16 + (8 * 36 * 4 + 4)


def test_nesterov_is_off_without_momentum():
    assert not sgd_settings({"lr": 0.1, "momentum": 0.0, "nesterov": True})["nesterov"]
    assert sgd_settings({"lr": 0.1}) == {
        "lr": 0.1,
        "weight_decay": 0.0,
        "momentum": 0.9,
        "nesterov": True,
    }


def test_a_state_of_another_model_is_refused():
    state = build().state_dict()
    with pytest.raises(RuntimeError):
        build(model=lambda: nn.Linear(2, 2)).load_state_dict(state)
