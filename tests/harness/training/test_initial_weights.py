"""Initial weights are drawn, or left out where a state follows."""

from pathlib import Path

import pytest
import torch

from harness.records.recorder import Recorder
from harness.training.initial_weights import seeded_model, unfilled_weights
from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec

CONFIG = {"lr": 0.05, "weight_decay": 1e-4, "warmup_epochs": 1, **{f"c{i}": 8 for i in range(5)}}


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 4, 3)
        self.norm = torch.nn.BatchNorm2d(4)
        torch.nn.init.kaiming_normal_(self.convolution.weight)
        torch.nn.init.normal_(self.convolution.bias)
        self.register_buffer("directions", torch.randn(5))


def test_no_weight_is_drawn_and_all_else_is():
    torch.manual_seed(3)
    expected = torch.randn(5)
    torch.manual_seed(3)
    with unfilled_weights(True):
        network = Network()
    assert torch.equal(network.directions, expected)
    assert torch.equal(network.norm.weight, torch.ones(4))
    assert network.convolution.weight.shape == (4, 3, 3, 3)


def test_nothing_changes_where_weights_are_wanted():
    models = []
    for context in (unfilled_weights(False), torch.enable_grad()):
        torch.manual_seed(3)
        with context:
            models.append(Network())
    first, second = (model.state_dict() for model in models)
    assert all(torch.equal(first[name], second[name]) for name in first)


class WithFixedFeatures(Network):
    """Has numbers that are drawn after its weights and that no state holds."""

    def __init__(self):
        super().__init__()
        self.register_buffer("features", torch.randn(6), persistent=False)
        self.permutation = torch.randperm(7)


def test_what_a_state_does_not_hold_is_the_same_where_weights_are_left_out():
    first, restored = (seeded_model(WithFixedFeatures, 3, given) for given in (False, True))
    restored.load_state_dict(first.state_dict())
    assert torch.equal(restored.features, first.features)
    assert torch.equal(restored.permutation, first.permutation)


def test_a_model_that_draws_its_weights_only_is_built_once_and_without_them():
    built = []

    def build():
        built.append(torch.nn.Linear(300, 300))
        return built[-1]

    drawn, left_out = (seeded_model(build, 3, given) for given in (False, True))
    assert len(built) == 2
    assert not torch.equal(drawn.weight, left_out.weight)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_trial_whose_only_state_is_damaged_starts_from_the_weights_of_its_seed(tmp_path, damaged):
    spec = ObjectiveSpec(
        workload="digits",
        workload_options={},
        precision="fp32",
        seed=0,
        max_epochs=2,
        data=None,
        threads=1,
        device="cpu",
        batch_scaling="trial",
        checkpoints=tmp_path,
    )
    trial = Trial("t0", 0, CONFIG)
    if damaged:
        state: Path = spec.states.path("t0", 1)
        state.parent.mkdir(parents=True)
        state.write_bytes(b"\0" * 100)
    objective = spec.prepare()
    slot = Recorder(tmp_path / "events").open_slot(0)
    found = objective.start(trial, slot).advance().value
    assert found == _first_value(objective, trial)


def _first_value(objective, trial):
    training = objective.build(trial)
    training.train_epoch()
    return training.validate()
