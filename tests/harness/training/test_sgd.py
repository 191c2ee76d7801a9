"""SGD without torch's compiler gives what torch's own gives."""

import subprocess
import sys

import pytest
import torch

from harness.testing.state_leaves import differing_leaves, state_leaves
from harness.training.sgd import EagerSGD

SETTINGS = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}


def trained(optimizer_type, steps=5, **settings):
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 3)
    optimizer = optimizer_type(model.parameters(), fused=True, **settings)
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(steps):
        loss = model(torch.ones(2, 4)).square().sum()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
    return model, optimizer


@pytest.mark.parametrize("settings", [SETTINGS, {"lr": 0.05}])
def test_the_same_steps_as_torch_to_the_last_bit(settings):
    (ours, our_optimizer), (theirs, their_optimizer) = (
        trained(kind, **settings) for kind in (EagerSGD, torch.optim.SGD)
    )
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))
    our_state, their_state = (
        dict(state_leaves(optimizer.state_dict())) for optimizer in (our_optimizer, their_optimizer)
    )
    assert differing_leaves(our_state, their_state) == []


def channels_last_model():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(5, 6, 3), torch.nn.Flatten(), torch.nn.Linear(6, 2))
    return model.to(memory_format=torch.channels_last)


def set_gradients(model):
    generator = torch.Generator().manual_seed(1)
    for weight in model.parameters():
        weight.grad = torch.empty_like(weight).copy_(torch.randn(weight.shape, generator=generator))


def momentum_of(optimizer, weight):
    return optimizer.state[weight]["momentum_buffer"]


def test_channels_last_weights_take_torchs_steps():
    ours, theirs = channels_last_model(), channels_last_model()
    optimizers = [
        EagerSGD(ours.parameters(), fused=True, **SETTINGS),
        torch.optim.SGD(theirs.parameters(), fused=False, **SETTINGS),
    ]
    for _step in range(3):
        for model, optimizer in zip((ours, theirs), optimizers, strict=True):
            set_gradients(model)
            optimizer.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-7)
        assert mine.stride() == other.stride()
        assert momentum_of(optimizers[0], mine).stride() == mine.stride()


@pytest.mark.parametrize("odd_one", ["gradient", "momentum"])
def test_every_value_meets_its_weight_whatever_its_layout(odd_one):
    uniform, mixed = channels_last_model(), channels_last_model()
    for model in (uniform, mixed):
        optimizer = EagerSGD(model.parameters(), fused=True, **SETTINGS)
        weight = model[0].weight
        set_gradients(model)
        optimizer.step()
        if model is mixed and odd_one == "gradient":
            weight.grad = weight.grad.contiguous()
        if model is mixed and odd_one == "momentum":
            optimizer.state[weight]["momentum_buffer"] = momentum_of(optimizer, weight).contiguous()
        optimizer.step()
    assert all(map(torch.equal, uniform.parameters(), mixed.parameters()))


def test_a_closure_computes_the_gradients_and_its_loss_is_returned():
    weight = torch.nn.Parameter(torch.tensor(2.0))
    optimizer = EagerSGD([weight], lr=0.5)

    def closure():
        weight.grad = None
        loss = weight.square()
        loss.backward()
        return loss

    assert float(optimizer.step(closure).detach()) == 4.0
    assert float(weight.detach()) == 0.0


def test_a_state_goes_into_torch_and_back():
    _, optimizer = trained(EagerSGD, **SETTINGS)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    other = torch.optim.SGD(weights, **SETTINGS)
    other.load_state_dict(optimizer.state_dict())
    again = EagerSGD(weights, **SETTINGS)
    again.load_state_dict(other.state_dict())
    found = again.state_dict()["state"][0]["momentum_buffer"]
    assert torch.equal(found, optimizer.state_dict()["state"][0]["momentum_buffer"])


def test_no_gradient_is_recorded_in_a_step():
    model, _ = trained(EagerSGD, **SETTINGS)
    assert all(weight.grad_fn is None and weight.requires_grad for weight in model.parameters())


@pytest.mark.slow
def test_the_compiler_is_not_imported():
    script = """
import sys, torch
from harness.training.sgd import EagerSGD
weight = torch.nn.Parameter(torch.ones(2))
optimizer = EagerSGD([weight], lr=0.1, momentum=0.9, fused=True)
weight.sum().backward()
optimizer.step(), optimizer.zero_grad(), optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]
