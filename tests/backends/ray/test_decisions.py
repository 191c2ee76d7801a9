"""Ends that only Tune knows are recorded once."""

from dataclasses import dataclass, field

import pytest

from backends.ray.decisions import DecisionRecorder
from backends.ray.trial_config import KEY, describe_trial
from harness.checkpoints.in_flight import TrialStates
from harness.trial import Trial, trial_name


@dataclass(eq=False)
class StubTrial:
    number: int
    last_result: dict = field(default_factory=dict)
    error_file: str | None = None

    @property
    def config(self):
        return {KEY: describe_trial(Trial(trial_name(self.number), self.number, {}))}


class RememberingDriver:
    def __init__(self):
        self.ends = []

    def trial_stopped(self, trial_id, reason):
        self.ends.append((trial_id, "stopped", reason))

    def trial_lost(self, trial_id, error, reason):
        self.ends.append((trial_id, "lost", reason, error))


@pytest.fixture
def states(tmp_path):
    return TrialStates(tmp_path / "states")


@pytest.fixture
def recorder(states):
    """Makes a recorder that remembers what it records, in a search that is not cut off."""

    def make(algorithm, cut_off=None):
        driver = RememberingDriver()
        return driver, DecisionRecorder(driver, states, algorithm, lambda: cut_off)

    return make


def test_a_trial_that_tune_stops_is_recorded_with_the_algorithms_reason(recorder):
    driver, decisions = recorder("asha")
    decisions.on_trial_complete(0, [], StubTrial(1, {"ended": False}))
    assert driver.ends == [("t00001", "stopped", "rung")]


def test_a_trial_that_recorded_its_own_end_is_left_alone(recorder):
    driver, decisions = recorder("asha")
    decisions.on_trial_complete(0, [], StubTrial(1, {"ended": True}))
    decisions.on_experiment_end([StubTrial(1, {"ended": True})])
    assert driver.ends == []


def test_a_trial_left_paused_ends_with_the_search_and_once(recorder):
    driver, decisions = recorder("bohb")
    trial = StubTrial(2, {"ended": False})
    decisions.on_experiment_end([trial])
    decisions.on_experiment_end([trial])
    assert driver.ends == [("t00002", "stopped", "bracket")]


def test_a_trial_that_could_not_go_on_in_time_is_stopped_by_the_time_limit(recorder):
    driver, decisions = recorder("pbt")
    trial = StubTrial(3, {"ended": False, "stop_reason": "time-limit"})
    decisions.on_trial_complete(0, [], trial)
    assert driver.ends == [("t00003", "stopped", "time-limit")]


def test_a_bracket_that_the_time_limit_cut_off_judges_no_trial(recorder):
    driver, decisions = recorder("bohb", cut_off="time-limit")
    decisions.on_trial_complete(0, [], StubTrial(1, {"ended": False}))
    decisions.on_experiment_end([StubTrial(2, {"ended": False})])
    assert [end[2] for end in driver.ends] == ["time-limit", "time-limit"]


def test_states_are_kept_of_the_trials_that_a_resume_goes_on_with(recorder, states):
    for trial_id in ("t00001", "t00002"):
        states.path(trial_id, 1).parent.mkdir(parents=True)
        states.path(trial_id, 1).touch()
    _driver, decisions = recorder("asha")
    decisions.on_trial_complete(0, [], StubTrial(1, {"ended": False}))
    decisions.on_trial_complete(0, [], StubTrial(2, {"stop_reason": "time-limit"}))
    assert not states.of("t00001")
    assert states.of("t00002")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The actor died.", "worker"),
        ("1 worker(s) were killed due to the node running low on memory.", "out-of-memory"),
    ],
)
def test_a_dead_process_loses_its_trial_with_rays_explanation(recorder, tmp_path, text, reason):
    error = tmp_path / "error.txt"
    error.write_text(text)
    trial = StubTrial(4, {"ended": False}, str(error))
    driver, decisions = recorder("rand")
    decisions.on_trial_error(0, [], trial)
    decisions.on_experiment_end([trial])
    assert driver.ends == [("t00004", "lost", reason, text)]
