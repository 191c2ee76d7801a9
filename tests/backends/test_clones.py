"""A member that takes over a donor's state trains on other batches than the donor does."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from backends.ray.trainable import SlotWork
from backends.ray.trial_config import KEY, describe_trial
from backends.ray.tuning import trainable_of
from harness.population.member_training import Slice, SliceTrainer, checkpoint_path
from harness.records.events import read_events
from harness.records.recorder import Recorder
from harness.space import sample_configurations
from harness.trial import Trial, trial_name
from harness.trials.objective import child_seed
from harness.trials.objective_spec import ObjectiveSpec
from workloads.digits.workload import DigitsWorkload

CLONES = (4, 5)
"""The numbers in the names of two trials that exploits open."""


@pytest.fixture
def spec(tmp_path):
    return ObjectiveSpec(
        workload="digits",
        workload_options={"images": 80, "test_images": 10},
        precision="fp32",
        seed=0,
        max_epochs=4,
        data=None,
        threads=1,
        device="cpu",
        batch_scaling="trial",
        checkpoints=tmp_path / "checkpoints",
    )


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "events")


@pytest.fixture
def config():
    return sample_configurations(DigitsWorkload().space(), 1, 0)[0]


def losses(recorder):
    """Return the training loss of each trial in its second epoch."""
    events = [event for _, event in read_events(recorder.events)]
    return {e["trial_id"]: e["train_loss"] for e in events if e.get("epoch") == 2 and "value" in e}


def on_propulate(spec, recorder, config):
    context = SimpleNamespace(
        spec=SimpleNamespace(interval=1, trials=4),
        checkpoints=spec.checkpoints,
        objective=spec,
    )
    trainer = SliceTrainer(context, spec.prepare(), recorder.open_slot(0))
    trainer.train(Slice(0, 0, config, None))
    donated = checkpoint_path(spec.checkpoints, trainer.pause())
    trainer.train(Slice(0, 0, config, donated))
    for clone in CLONES:
        trainer.train(Slice(clone - 3, clone, config, donated))


def on_ray(spec, recorder, config):
    work = SlotWork(
        objective=spec,
        recorder=recorder,
        slots=1,
        ranks=1,
        locks=spec.checkpoints / "locks",
        checkpoints=spec.checkpoints / "tune",
        deadline=float("inf"),
        scheduler_ends=False,
    )
    actor = object.__new__(trainable_of(work, patched=True))
    actor._objective, actor._slot = spec.prepare(), recorder.open_slot(0)
    actor._run = actor._failure = actor._followers = actor._last_result = None

    def turn_to(number, member):
        trial = Trial(trial_name(number), member, config, member)
        actor.reset_config({KEY: describe_trial(trial)})

    turn_to(0, 0)
    actor.step()
    donated = Path(actor.save().checkpoint.path)
    actor.step()
    for clone in CLONES:
        turn_to(clone, clone - 3)
        actor.load_checkpoint(str(donated))
        actor.step()


@pytest.mark.parametrize("train", [on_propulate, on_ray], ids=["propulate", "ray"])
def test_a_clone_draws_other_batches_than_its_donor_and_than_another_clone(
    train, spec, recorder, config
):
    train(spec, recorder, config)
    found = losses(recorder)
    assert set(found) == {"t00000", "t00004", "t00005"}
    assert len(set(found.values())) == 3


def test_a_trial_that_goes_on_from_its_own_state_draws_what_it_would_have_drawn(
    spec, recorder, config, tmp_path
):
    objective, slot = spec.prepare(), recorder.open_slot(0)
    whole = objective.start(Trial("t0", 0, config), slot)
    whole.advance()
    whole.save(tmp_path / "state")
    whole.advance()
    again = objective.start(Trial("t0", 0, config), slot, tmp_path / "state")
    again.advance()
    events = [event for _, event in read_events(recorder.events) if event["event"] == "epoch"]
    second = [event["train_loss"] for event in events if event["epoch"] == 2]
    assert len(second) == 2 and second[0] == second[1]


def test_each_trial_of_a_member_has_a_seed_of_its_own():
    seeds = {
        child_seed(seed, Trial(trial_name(number), member, {}))
        for seed in (0, 1)
        for number in range(8, 12)
        for member in (0, 1)
    }
    assert len(seeds) == 16
