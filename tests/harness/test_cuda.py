"""What the core does on NVIDIA GPUs; runs by itself where there is one."""

import multiprocessing

import pytest
import torch
from torch import nn
from torch.nn import functional

from harness.machine.hardware import detect_hardware
from harness.parallel.group import GroupMembership
from harness.precision import resolve_precision
from harness.records.events import read_events
from harness.records.recorder import Recorder
from harness.training.supervised import SupervisedTask, SupervisedTraining, correct_predictions
from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec, pick_device
from harness.trials.run import train_to_end
from harness.workload import BuildContext

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]
CONFIG = {
    **dict.fromkeys(("c0", "c1", "c2", "c3", "c4"), 8),
    "lr": 0.05,
    "weight_decay": 1e-4,
    "warmup_epochs": 1,
}


@pytest.fixture
def tf32_switches_are_kept():
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def linear_training(precision):
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(32, 16, generator=generator)
    batches = [(inputs, (inputs[:, 0] > 0).long())]
    task = SupervisedTask(
        model=lambda: nn.Linear(16, 2),
        loss=functional.cross_entropy,
        metric=correct_predictions,
        train=batches,
        validation=batches,
        test=batches,
        generator=generator,
    )
    policy = resolve_precision(precision, "cuda", detect_hardware())
    return SupervisedTraining(
        task, {"lr": 0.1}, BuildContext(policy, torch.device("cuda", 0), seed=0, max_epochs=4)
    )


def test_workers_of_a_node_are_dealt_its_gpus_in_turn():
    gpus = torch.cuda.device_count()
    dealt = [pick_device("auto", worker).index for worker in range(2 * gpus)]
    assert dealt == [*range(gpus), *range(gpus)]
    assert pick_device("cpu", 0).type == "cpu"


def test_fp32_is_strict_and_tf32_rounds(tf32_switches_are_kept):
    hardware = detect_hardware()
    if not hardware.gpu_has_tf32:
        pytest.skip("this GPU has no TF32")
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = left.double() @ right.double()
    errors = {}
    for name in ("fp32", "tf32"):
        resolve_precision(name, "cuda", hardware).apply_to_process()
        errors[name] = (left.cuda() @ right.cuda()).cpu().double().sub(exact).abs().max().item()
    assert errors["fp32"] < 1e-3 < errors["tf32"]


def test_amp_is_float16_with_scaled_gradients():
    policy = resolve_precision("amp", "cuda", detect_hardware())
    assert (policy.autocast_dtype, policy.scale_gradients) == ("float16", True)
    training = linear_training("amp")
    scale = training.state_dict()["scaler"]["scale"]
    assert scale > 1
    assert training.train_epoch().skipped_steps == 0


def test_steps_whose_gradients_overflow_are_skipped_and_counted():
    training = linear_training("amp")
    state = training.state_dict()
    weights = {name: value.clone() for name, value in state["model"].items()}
    training.load_state_dict({**state, "scaler": {**state["scaler"], "scale": 2.0**100}})
    assert training.train_epoch().skipped_steps == 1
    after = training.state_dict()
    assert after["scaler"]["scale"] < 2.0**100
    assert all(torch.equal(after["model"][name], value) for name, value in weights.items())


def test_a_state_restores_on_the_gpu():
    first, second = linear_training("amp"), linear_training("amp")
    first.train_epoch()
    second.load_state_dict(first.state_dict())
    assert second.validate() == first.validate()
    assert second.state_dict()["scaler"] == first.state_dict()["scaler"]


def follow(objective, membership):
    objective.prepare(membership.rank, membership).follow()


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
def test_two_gpus_train_one_trial_over_nccl(tmp_path):
    losses = {}
    for ranks in (1, 2):
        folder = tmp_path / str(ranks)
        losses[ranks] = _train(_spec(folder), folder, ranks)
    assert losses[2] == pytest.approx(losses[1], rel=2e-2)


def _spec(folder):
    return ObjectiveSpec(
        workload="digits",
        workload_options={"images": 150, "batch_size": 32},
        precision="fp32",
        seed=0,
        max_epochs=2,
        data=None,
        threads=1,
        device="cuda",
        batch_scaling="trial",
        checkpoints=folder,
    )


def _train(spec, folder, ranks):
    memberships = [
        GroupMembership(rank, ranks, folder / "rendezvous") if ranks > 1 else None
        for rank in range(ranks)
    ]
    spawn = multiprocessing.get_context("spawn")
    followers = [spawn.Process(target=follow, args=(spec, place)) for place in memberships[1:]]
    for follower in followers:
        follower.start()
    objective = spec.prepare(0, memberships[0])
    slot = Recorder(folder / "events").open_slot(0)
    try:
        train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)
    finally:
        objective.release()
        for follower in followers:
            follower.join(60)
    assert [follower.exitcode for follower in followers] == [0] * len(followers)
    events = [event for _, event in read_events(folder / "events") if event["event"] == "epoch"]
    return [event["train_loss"] for event in events]
