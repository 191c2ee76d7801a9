"""Models of one's own: other optimizers, several inputs, metrics of whole sets, dropout."""

import math
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional

from harness.machine.hardware import Hardware
from harness.precision import resolve_precision
from harness.training.optimizers import adam, adamw, sgd
from harness.training.supervised import SupervisedTask, SupervisedTraining
from harness.training.tensor_batches import TensorBatches
from harness.training.whole_set_metric import GatheredPredictions, WholeSetMetric
from harness.workload import BuildContext
from tests.harness.training.observed import curve, through_a_file

HARDWARE = Hardware("cpu", 1, 2**30, cpu_has_bf16=True, cpu_has_fp16=True)
CPU = torch.device("cpu")
CONFIG = {"lr": 0.01, "weight_decay": 1e-3}
DRAWN = torch.Generator().manual_seed(0)
INPUTS = torch.randn(48, 6, generator=DRAWN)
TARGETS = (INPUTS[:, :3].sum(1) > 0).float()


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Perceptron(nn.Module):
    def __init__(self, dropout=0.5):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 1)
        )

    def forward(self, inputs):
        return self.layers(inputs).squeeze(1)


def negative_errors(outputs, targets):
    return -(outputs.sigmoid() - targets).square().sum()


def build(config=CONFIG, precision="fp32", seed=1, batch_size=8, inputs=INPUTS, **replaced):
    order = torch.Generator().manual_seed(seed)
    evaluation = TensorBatches(inputs, TARGETS, 20)
    settings = {
        "model": Perceptron,
        "loss": functional.binary_cross_entropy_with_logits,
        "metric": negative_errors,
        "train": TensorBatches(inputs, TARGETS, batch_size, order),
        "validation": evaluation,
        "test": evaluation,
        "generator": order,
        **replaced,
    }
    policy = resolve_precision(precision, "cpu", HARDWARE)
    return SupervisedTraining(
        SupervisedTask(**settings), config, BuildContext(policy, CPU, seed, 6)
    )


def groups_without_decay_of_biases(model, config):
    kernels = [weight for weight in model.parameters() if weight.dim() > 1]
    rest = [weight for weight in model.parameters() if weight.dim() == 1]
    return torch.optim.NAdam(
        [{"params": kernels, "weight_decay": config["weight_decay"]}, {"params": rest}],
        lr=config["lr"],
    )


OPTIMIZERS = [sgd, adam, adamw, groups_without_decay_of_biases]


@pytest.mark.parametrize("precision", ["fp32", "amp-fp16"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_with_dropout_goes_on_bitwise_from_its_checkpoint(optimizer, precision):
    settings = {"optimizer": optimizer, "precision": precision, "average": 0.9, "clip_norm": 0.5}
    whole = curve(build(**settings), 4)
    first = build(**settings)
    begun = curve(first, 2)
    resumed = build(**settings, seed=5)
    torch.rand(3), np.random.rand(), random.random()
    resumed.load_state_dict(through_a_file(first.state_dict()))
    assert begun + curve(resumed, 2) == whole


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_new_hyperparameters_hold_in_every_group(optimizer):
    still = {"lr": 0.0, "weight_decay": 0.0}
    training = build(optimizer=optimizer)
    training.train_epoch()
    state = through_a_file(training.state_dict())
    exploited = build(still, optimizer=optimizer)
    exploited.load_state_dict(state)
    training.set_hyperparameters(still)
    for one in (training, exploited):
        before = [weight.clone() for weight in one._model.parameters()]
        one.train_epoch()
        assert all(map(torch.equal, before, one._model.parameters()))


def test_a_decay_in_one_group_only_is_mutated_in_that_group():
    training = build(optimizer=groups_without_decay_of_biases)
    training.set_hyperparameters({"lr": 0.02, "weight_decay": 0.7})
    assert [group["weight_decay"] for group in training._optimizer.param_groups] == [0.7, 0]


class Counting(torch.optim.SGD):
    """Keeps a count among its settings, as optimizers that adapt their own rate do."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=lr)
        self.param_groups[0]["steps"] = 0

    def step(self, closure=None):
        self.param_groups[0]["steps"] += 1
        return super().step(closure)


def test_what_an_optimizer_keeps_among_its_settings_survives_a_restore_and_a_mutation():
    settings = {"optimizer": lambda model, config: Counting(model.parameters(), config["lr"])}
    training = build(**settings)
    training.train_epoch()
    restored = build({"lr": 0.5}, **settings)
    restored.load_state_dict(through_a_file(training.state_dict()))
    restored.set_hyperparameters({"lr": 0.25})
    restored.train_epoch()
    assert restored._optimizer.param_groups[0]["steps"] == 12


def test_the_decay_of_ones_own_schedule_follows_the_step_after_the_warm_up():
    seen = []

    def decay(step, steps):
        seen.append((step, steps))
        return 0.5

    training = build({**CONFIG, "warmup_epochs": 1}, schedule=decay)
    training.train_epoch()
    assert training._optimizer.param_groups[0]["lr"] == 0.5 * CONFIG["lr"]
    training.train_epoch()
    assert seen[6:] == [(step, 30) for step in range(6)]


def test_gradients_are_clipped_to_a_norm():
    def moved(**settings):
        training = build(
            {"lr": 1.0, "momentum": 0.0}, batch_size=48, schedule="constant", **settings
        )
        before = [weight.detach().clone() for weight in training._model.parameters()]
        training.train_epoch()
        moves = zip(before, training._model.parameters(), strict=True)
        return math.sqrt(sum(((old - new) ** 2).sum().item() for old, new in moves))

    assert moved() > 0.02
    assert moved(clip_norm=0.01) == pytest.approx(0.01, rel=1e-3)
    assert moved(clip_norm=0.01, precision="amp-fp16") == pytest.approx(0.01, rel=1e-2)


def test_accumulated_batches_make_the_step_of_one_batch():
    model = {"model": lambda: nn.Sequential(nn.Linear(6, 1), nn.Flatten(0))}
    # 48 rows: batches of 10 make steps of 20, 20 and 8 rows.
    once, accumulated = build(batch_size=20, **model), build(batch_size=10, accumulate=2, **model)
    for one, other in zip(curve(once, 3), curve(accumulated, 3), strict=True):
        assert other == pytest.approx(one, rel=1e-5)
    assert accumulated._optimizer.param_groups[0]["lr"] == once._optimizer.param_groups[0]["lr"]


def test_averaged_weights_validate_and_the_others_train():
    plain, averaged = build(), build(average=0.5)
    assert plain.train_epoch().train_loss == averaged.train_epoch().train_loss
    assert plain.validate() != averaged.validate()
    first = build(average=0.5, batch_size=48)
    first.train_epoch()
    assert first.validate() == build_like(first).validate()


def build_like(training):
    """Return a training without an average that has the weights of another."""
    other = build()
    state = training.state_dict()
    other.load_state_dict({key: value for key, value in state.items() if key != "average"})
    return other


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(6, 1)

    def forward(self, values, mask):
        return self.line(values * mask).squeeze(1)


@pytest.mark.parametrize(
    "inputs",
    [
        (INPUTS, INPUTS > 0),
        {"mask": INPUTS > 0, "values": INPUTS},
        [INPUTS, INPUTS > 0],
    ],
)
def test_a_model_takes_several_inputs(inputs):
    assert curve(build(inputs=inputs, model=Masked), 2) == curve(
        build(inputs=(INPUTS, INPUTS > 0), model=Masked), 2
    )


def test_a_metric_of_the_whole_set_sees_all_predictions_in_order():
    training = build(
        metric=WholeSetMetric(lambda outputs, targets: roc_auc_score(targets, outputs))
    )
    curve(training, 3)
    training._model.eval()
    with torch.no_grad():
        expected = roc_auc_score(TARGETS, training._model(INPUTS))
    assert training.validate() == pytest.approx(expected) and expected > 0.6


def test_predictions_of_ranks_come_together_in_the_order_of_the_batches():
    numbers = torch.arange(7.0)
    shares = [(numbers[:4], 2), (numbers[4:6], 1), (numbers[6:], 1)]
    sent = []
    for rank in range(2):
        mine = GatheredPredictions(lambda value: [value])
        for batch, first in shares:
            part = batch[:first] if rank == 0 else batch[first:]
            mine.add({"scores": part}, -part, len(part))
        mine._gather = lambda value: sent.append(value) or [value]
        mine.all()
    whole = GatheredPredictions(lambda value: sent)
    for batch, first in shares:
        whole.add({"scores": batch[:first]}, -batch[:first], first)
    outputs, targets = whole.all()
    assert outputs["scores"].equal(numbers) and targets.equal(-numbers)


def test_what_a_model_draws_does_not_leave_the_training():
    class Drawing(Perceptron):
        def forward(self, inputs):
            noise = torch.rand(1) + random.random() + np.random.rand()
            return super().forward(inputs) * noise

    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    expected = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    training = build(model=Drawing)
    first = curve(training, 1)
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected
    assert curve(build(model=Drawing), 1) == first
    assert training.validate() == first[0][1]


def test_volumes_and_sequences_keep_their_layout():
    model = {"model": lambda: nn.Sequential(nn.Conv3d(1, 1, 1), nn.Flatten(0))}
    volumes = INPUTS.sum(1).reshape(48, 1, 1, 1, 1)
    assert math.isfinite(build(inputs=volumes, **model).train_epoch().train_loss)


def test_a_state_from_before_there_were_settings_and_draws_is_read():
    training, other = build(), build()
    training.train_epoch()
    state = training.state_dict()
    del state["settings"], state["draws_seed"]
    other.load_state_dict(through_a_file(state))
    assert curve(other, 1) == curve(training, 1)


def test_training_data_without_a_batch_are_an_error_with_a_reason():
    with pytest.raises(ValueError, match="no batch"):
        build(train=[]).train_epoch()


@pytest.mark.slow
def test_a_training_imports_nothing_that_was_not_imported_before_the_clock():
    code = """
import sys
from harness.workload import Workload
from tests.harness.training.test_supervised_models import build, adamw, curve
Workload.import_training_modules()
before = set(sys.modules)
curve(build(optimizer=adamw, average=0.9, clip_norm=1.0), 1)
print(sorted(name for name in set(sys.modules) - before if name.startswith("torch")))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr
