"""A trial survives the way into Tune's configuration, and an exploit opens another."""

from backends.ray.trial_config import KEY, describe_trial, successor, trial_of


def test_a_trial_survives_the_way_to_tune_and_back():
    trial = trial_of({KEY: describe_trial(3, {"lr": 0.1}, member=3)})
    assert (trial.trial_id, trial.number, trial.member) == ("t00003", 3, 3)
    assert trial.config == {"lr": 0.1}


def test_a_successor_keeps_its_own_number_and_member_and_takes_the_explored_configuration():
    exploited = {KEY: describe_trial(5, {"lr": 0.5}, member=5)}
    explored = {KEY: describe_trial(2, {"lr": 0.2}, member=2)}
    trial = trial_of(successor(exploited, explored, "t00008"))
    assert (trial.trial_id, trial.number, trial.member) == ("t00008", 5, 5)
    assert trial.config == {"lr": 0.2}
