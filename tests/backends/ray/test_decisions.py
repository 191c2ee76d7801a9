"""Ends that only Tune knows are recorded once."""

from dataclasses import dataclass, field

from backends.ray.decisions import DecisionRecorder
from backends.ray.trial_config import KEY, describe_trial


@dataclass(eq=False)
class StubTrial:
    number: int
    last_result: dict = field(default_factory=dict)
    error_file: str | None = None

    @property
    def config(self):
        return {KEY: describe_trial(self.number, {})}


class RememberingDriver:
    def __init__(self):
        self.ends = []

    def trial_stopped(self, trial_id, reason):
        self.ends.append((trial_id, "stopped", reason))

    def trial_lost(self, trial_id, error):
        self.ends.append((trial_id, "lost", error))


def test_a_trial_that_tune_stops_is_recorded_with_the_algorithms_reason():
    driver = RememberingDriver()
    DecisionRecorder(driver, "asha").on_trial_complete(0, [], StubTrial(1, {"ended": False}))
    assert driver.ends == [("t00001", "stopped", "rung")]


def test_a_trial_that_recorded_its_own_end_is_left_alone():
    driver = RememberingDriver()
    recorder = DecisionRecorder(driver, "asha")
    recorder.on_trial_complete(0, [], StubTrial(1, {"ended": True}))
    recorder.on_experiment_end([StubTrial(1, {"ended": True})])
    assert driver.ends == []


def test_a_trial_left_paused_ends_with_the_search_and_once():
    driver = RememberingDriver()
    recorder = DecisionRecorder(driver, "bohb")
    trial = StubTrial(2, {"ended": False})
    recorder.on_experiment_end([trial])
    recorder.on_experiment_end([trial])
    assert driver.ends == [("t00002", "stopped", "bracket")]


def test_a_trial_that_could_not_go_on_in_time_is_stopped_by_the_time_limit():
    driver = RememberingDriver()
    trial = StubTrial(3, {"ended": False, "stop_reason": "time-limit"})
    DecisionRecorder(driver, "pbt").on_trial_complete(0, [], trial)
    assert driver.ends == [("t00003", "stopped", "time-limit")]


def test_a_dead_process_loses_its_trial_with_rays_explanation(tmp_path):
    driver = RememberingDriver()
    error = tmp_path / "error.txt"
    error.write_text("The actor died.")
    trial = StubTrial(4, {"ended": False}, str(error))
    recorder = DecisionRecorder(driver, "rand")
    recorder.on_trial_error(0, [], trial)
    recorder.on_experiment_end([trial])
    assert driver.ends == [("t00004", "lost", "The actor died.")]
