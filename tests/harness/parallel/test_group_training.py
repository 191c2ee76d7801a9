"""Two real processes train one trial, and do what one process does."""

import multiprocessing
import signal
import time

import pytest

from harness.parallel.group import GroupMembership
from harness.records.events import read_events
from harness.records.recorder import Recorder
from harness.trial import Trial
from harness.trials.objective_spec import ObjectiveSpec
from harness.trials.run import train_to_end

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["harness.training.supervised", "torch._dynamo"])
"""Each rank is a copy of a server that has imported torch."""

CONFIG = {
    **dict.fromkeys(("c0", "c1", "c2", "c3", "c4"), 8),
    "lr": 0.05,
    "weight_decay": 1e-4,
    "warmup_epochs": 1,
}

# In channels-last layout torch's own gradients of this network are off by up to 5e-3
# from those in float64, and by 5e-6 in the plain layout.
ROUNDING = 1e-2


def spec(folder, batch_scaling="trial", batch_size=32, **changes):
    settings = {
        "workload": "digits",
        "workload_options": {"images": 150, "batch_size": batch_size},
        "precision": "fp32",
        "seed": 0,
        "max_epochs": 3,
        "data": None,
        "threads": 1,
        "device": "cpu",
        "batch_scaling": batch_scaling,
        "checkpoints": folder,
    }
    return ObjectiveSpec(**{**settings, **changes})


def follow(objective, membership):
    objective.prepare(membership=membership).follow()


def train_with_two_ranks(objective_spec, folder, drive):
    rendezvous = folder / "rendezvous"
    follower = FORKED.Process(
        target=follow, args=(objective_spec, GroupMembership(1, 2, rendezvous))
    )
    follower.start()
    objective = objective_spec.prepare(membership=GroupMembership(0, 2, rendezvous))
    slot = Recorder(folder / "events").open_slot(0)
    try:
        drive(objective, slot)
    finally:
        objective.release()
        follower.join(60)
    assert follower.exitcode == 0
    return curve(folder)


def curve(folder):
    events = [event for _, event in read_events(folder / "events") if event["event"] == "epoch"]
    return [(event["train_loss"], event["value"], event["samples"]) for event in events]


def train(objective, slot):
    train_to_end(objective.start(Trial("t0", 0, CONFIG), slot), lambda report: None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "rounding"),
    [
        ({}, ROUNDING),
        pytest.param(
            {"precision": "amp", "arithmetic": "emulated"}, 10 * ROUNDING, marks=pytest.mark.long
        ),
    ],
    ids=["fp32", "emulated amp"],
)
def test_two_ranks_have_the_curve_of_one_rank_at_the_whole_batch(tmp_path, settings, rounding):
    alone = tmp_path / "alone"
    train(spec(alone, **settings).prepare(), Recorder(alone / "events").open_slot(0))
    together = tmp_path / "together"
    led = train_with_two_ranks(spec(together, **settings), together, train)
    for (loss, value, samples), (led_loss, led_value, led_samples) in zip(
        curve(alone), led, strict=True
    ):
        assert led_loss == pytest.approx(loss, rel=rounding)
        assert led_value == pytest.approx(value, abs=0.05 + rounding)
        assert led_samples == samples


@pytest.mark.slow
def test_a_batch_of_each_rank_scales_the_learning_rate(tmp_path):
    alone = tmp_path / "alone"
    doubled = {**CONFIG, "lr": 2 * CONFIG["lr"]}
    objective = spec(alone, batch_size=32).prepare()
    slot = Recorder(alone / "events").open_slot(0)
    train_to_end(objective.start(Trial("t0", 0, doubled), slot), lambda report: None)
    together = tmp_path / "together"
    led = train_with_two_ranks(spec(together, "rank", batch_size=16), together, train)
    assert led[0][0] == pytest.approx(curve(alone)[0][0], rel=ROUNDING)


@pytest.mark.slow
def test_stopping_mutating_and_failing_are_followed_without_a_hang(tmp_path):
    def drive(objective, slot):
        stopped = objective.start(Trial("stopped", 0, CONFIG), slot)
        train_to_end(stopped, lambda report: "rung")
        failed = objective.start(Trial("failed", 1, {"lr": 0.1}), slot)
        assert failed.failed
        run = objective.start(Trial("mutated", 2, CONFIG), slot)
        run.advance()
        run.mutate({**CONFIG, "lr": 0.01})
        run.save(tmp_path / "state.pt")
        run.pause()
        child = objective.start(Trial("child", 3, CONFIG), slot, tmp_path / "state.pt")
        assert child.advance().epoch == 2
        child.stop("rung")

    assert len(train_with_two_ranks(spec(tmp_path), tmp_path, drive)) == 3


def lead(objective_spec, membership, folder):
    slot = Recorder(folder / "events").open_slot(0)
    train(objective_spec.prepare(membership=membership), slot)


@pytest.mark.slow
def test_a_group_ends_with_its_member_and_its_trial_has_not_failed(tmp_path):
    endless = spec(tmp_path, max_epochs=10_000)
    memberships = [GroupMembership(rank, 2, tmp_path / "rendezvous") for rank in (0, 1)]
    leader = FORKED.Process(target=lead, args=(endless, memberships[0], tmp_path))
    follower = FORKED.Process(target=follow, args=(endless, memberships[1]))
    leader.start()
    follower.start()
    deadline = time.monotonic() + 120
    while not curve(tmp_path):
        assert time.monotonic() < deadline and leader.is_alive()
        time.sleep(0.1)
    follower.kill()
    leader.join(60)
    assert leader.exitcode == -signal.SIGKILL
    names = {event["event"] for _, event in read_events(tmp_path / "events")}
    assert "trial_end" not in names
