"""Exploits name new trials; explore stays inside the space."""

import pytest

from backends.ray.checkpoint_directories import STATE_FILE, checkpoint_directory
from backends.ray.population import Lineage, apply_coordinates, perturb_or_resample
from backends.ray.space_translation import UnitInterval
from backends.ray.trial_config import COORDINATES, KEY, describe_trial, trial_of
from harness.checkpoints.in_flight import TrialStates
from harness.testing.workloads import AnalyticWorkload
from harness.trial import Judgement, Trial, trial_name


class RememberingDriver:
    def __init__(self):
        self.exploits = []
        self.judged = []

    def trial_judged(self, trial_id, judgement):
        self.judged.append((trial_id, judgement))

    def trial_exploited(self, trial_id, successor):
        self.exploits.append((trial_id, successor))


JUDGEMENT = Judgement(3, value=0.2, against=0.7, goes_on=False)

CONFIGURATION = {
    "lr": 0.01,
    "weight_decay": 0.05,
    "warmup_epochs": 2,
    "width": 16,
    "activation": "relu",
}


def described(number):
    return describe_trial(Trial(trial_name(number), number, CONFIGURATION, member=number))


@pytest.fixture
def states(tmp_path):
    return TrialStates(tmp_path / "states")


@pytest.fixture
def donated(tmp_path):
    """A donor's checkpoint, as Tune keeps it."""
    directory = checkpoint_directory(tmp_path, "t00002", 3)
    directory.mkdir()
    (directory / STATE_FILE).write_text("the donor's state")
    return directory


def test_an_exploit_closes_one_trial_and_names_the_next(states, donated):
    driver = RememberingDriver()
    lineage = Lineage(driver, states, first_number=4)
    first = lineage.succeed({KEY: described(1)}, {KEY: described(2)}, donated, JUDGEMENT, told=4)
    explored = {KEY: {**described(2), "configuration": {**CONFIGURATION, "lr": 0.02}}}
    second = lineage.succeed(first, explored, donated, JUDGEMENT, told=4)
    assert [child[KEY]["trial_id"] for child in (first, second)] == ["t00004", "t00005"]
    assert [closed for closed, _ in driver.exploits] == ["t00001", "t00004"]
    child = driver.exploits[1][1]
    assert (child.trial_id, child.member, child.number) == ("t00005", 1, 1)
    assert (child.parent_trial_id, child.parent_epoch) == ("t00002", 3)
    assert (child.origin, child.told) == ("exploit", 4)
    assert child.config == {**CONFIGURATION, "lr": 0.02}
    assert trial_of(second) == child
    assert driver.judged == [("t00001", JUDGEMENT), ("t00004", JUDGEMENT)]


def test_a_successor_has_its_donors_state_from_the_exploit_on(states, donated):
    stale = states.path("t00004", 7)
    stale.parent.mkdir(parents=True)
    stale.write_text("of a driver that died in an exploit")
    lineage = Lineage(RememberingDriver(), states, first_number=4)
    lineage.succeed({KEY: described(1)}, {KEY: described(2)}, donated, JUDGEMENT, told=4)
    assert [path.read_text() for path in states.of("t00004")] == ["the donor's state"]


def test_a_closed_trial_leaves_no_state(states, donated):
    states.inherit(donated / STATE_FILE, "t00001", 3)
    lineage = Lineage(RememberingDriver(), states, first_number=4)
    lineage.succeed({KEY: described(1)}, {KEY: described(2)}, donated, JUDGEMENT, told=4)
    assert not states.of("t00001")


def test_the_explore_step_changes_mutable_hyperparameters_only_and_is_repeatable(spec):
    request = spec(algorithm="pbt", mutable=("lr", "weight_decay"))

    def three():
        step = perturb_or_resample(request, AnalyticWorkload().space())
        donor = {KEY: described(2)}
        return [step(donor)[KEY]["configuration"] for _ in range(3)]

    explored = three()
    assert explored == three()
    assert len({configuration["lr"] for configuration in explored}) > 1
    for configuration in explored:
        assert configuration["lr"] != CONFIGURATION["lr"]
        for name in ("warmup_epochs", "width", "activation"):
            assert configuration[name] == CONFIGURATION[name]


def test_the_explore_step_goes_on_where_an_earlier_session_ended(spec):
    request, space = (
        spec(algorithm="pbt", mutable=("lr", "weight_decay")),
        AnalyticWorkload().space(),
    )
    whole = perturb_or_resample(request, space)
    once = [whole({KEY: described(2)}) for _ in range(3)]
    assert perturb_or_resample(request, space, exploits=2)({KEY: described(2)}) == once[2]


def test_coordinates_that_pb2_chose_become_hyperparameters():
    unit = UnitInterval(AnalyticWorkload().space(), ("lr", "weight_decay"))
    chosen = {**described(2), COORDINATES: {"x0": 1.0, "x1": 0.0}}
    explored = apply_coordinates(unit)({KEY: chosen})[KEY]
    assert explored["configuration"] == {**CONFIGURATION, "lr": 1.0, "weight_decay": 0.0}
    assert explored[COORDINATES] == {"x0": 1.0, "x1": 0.0}
