"""Exploits name new trials; explore stays inside the space."""

from backends.ray.population import Lineage, apply_coordinates, perturb_or_resample
from backends.ray.space_translation import UnitInterval
from backends.ray.trial_config import COORDINATES, KEY, describe_trial
from harness.testing.workloads import AnalyticWorkload


class RememberingDriver:
    def __init__(self):
        self.stopped = []

    def trial_stopped(self, trial_id, reason):
        self.stopped.append((trial_id, reason))


CONFIGURATION = {
    "lr": 0.01,
    "weight_decay": 0.05,
    "warmup_epochs": 2,
    "width": 16,
    "activation": "relu",
}


def test_an_exploit_closes_one_trial_and_names_the_next():
    driver = RememberingDriver()
    lineage = Lineage(driver, first_number=4)
    exploited = {KEY: describe_trial(1, CONFIGURATION, member=1)}
    donor = {KEY: describe_trial(2, CONFIGURATION, member=2)}
    first = lineage.succeed(exploited, donor)
    second = lineage.succeed(first, donor)
    assert [child[KEY]["trial_id"] for child in (first, second)] == ["t00004", "t00005"]
    assert driver.stopped == [("t00001", "exploited"), ("t00004", "exploited")]
    assert second[KEY]["member"] == 1


def test_the_explore_step_changes_mutable_hyperparameters_only_and_is_repeatable(spec):
    request = spec(algorithm="pbt", mutable=("lr", "weight_decay"))

    def three():
        step = perturb_or_resample(request, AnalyticWorkload().space())
        donor = {KEY: describe_trial(2, CONFIGURATION, member=2)}
        return [step(donor)[KEY]["configuration"] for _ in range(3)]

    explored = three()
    assert explored == three()
    assert len({configuration["lr"] for configuration in explored}) > 1
    for configuration in explored:
        assert configuration["lr"] != CONFIGURATION["lr"]
        for name in ("warmup_epochs", "width", "activation"):
            assert configuration[name] == CONFIGURATION[name]


def test_coordinates_that_pb2_chose_become_hyperparameters():
    unit = UnitInterval(AnalyticWorkload().space(), ("lr", "weight_decay"))
    described = {**describe_trial(2, CONFIGURATION), COORDINATES: {"x0": 1.0, "x1": 0.0}}
    explored = apply_coordinates(unit)({KEY: described})[KEY]
    assert explored["configuration"] == {**CONFIGURATION, "lr": 1.0, "weight_decay": 0.0}
    assert explored[COORDINATES] == {"x0": 1.0, "x1": 0.0}
