"""A trial survives the way into Tune's configuration."""

from dataclasses import replace

from ray.tune.utils.util import flatten_dict, unflatten_dict

from backends.ray.trial_config import KEY, describe_trial, trial_of
from harness.trial import Trial


def test_a_trial_survives_the_way_to_tune_and_back():
    trial = Trial("t00009", 3, {"lr": 0.1}, 3, parent_trial_id="t00002", parent_epoch=4)
    trial = replace(trial, origin="model", told=12)
    assert trial_of({KEY: describe_trial(trial)}) == trial


def test_names_with_a_slash_survive_what_pb2_does_to_a_configuration():
    trial = Trial("t00002", 2, {"a/b": 0.5, "a": 1, "choice": {"x": (1, 2)}}, member=2)
    assert trial_of(unflatten_dict(flatten_dict({KEY: describe_trial(trial)}))) == trial
