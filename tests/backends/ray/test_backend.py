"""What the backend says before a search starts."""

import subprocess
import sys

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, ForbiddenEqualsClause

from backends.ray.backend import RayBackend
from harness.errors import RequestError
from harness.plugins.loading import load_backend


def space():
    return ConfigurationSpace({"lr": (1e-4, 1.0), "activation": ["relu", "tanh"]})


def test_the_backend_is_found_by_its_name():
    assert isinstance(load_backend("ray"), RayBackend)


def test_the_engine_is_not_imported_before_a_search():
    code = (
        "import sys, backends.ray.backend as b; b.RayBackend();"
        "assert not {'ray', 'torch', 'hpbandster'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_grace_epochs_of_bohb_follow_from_epochs_and_reduction_factor():
    backend = RayBackend()
    assert backend.grace_epochs("bohb", 9, 4) == 2
    assert backend.grace_epochs("asha", 9, 4) == 1


def test_other_grace_epochs_are_refused_for_bohb_and_the_right_ones_named(spec):
    with pytest.raises(RequestError, match="it is 1, not 2"):
        RayBackend().check(spec(grace_epochs=2), space())


def test_one_rung_is_warned_about(spec):
    (warning,) = RayBackend().check(spec(max_epochs=1), space())
    assert "one rung" in warning


def test_three_rungs_are_not_warned_about(spec):
    assert RayBackend().check(spec(), space()) == []


def test_trials_too_few_for_a_model_are_warned_about(spec):
    (warning,) = RayBackend().check(spec(trials=6), space())
    assert "needs 6 results on one budget; 6 trials give none, for a budget has 5" in warning
    assert "With --trials 7 the last one can be the model's" in warning
    assert RayBackend().check(spec(trials=7), space()) == []


def test_trials_enough_for_a_model_but_spread_over_the_budgets_are_warned_about(spec):
    eight = ConfigurationSpace({f"x{number}": (0.0, 1.0) for number in range(8)})
    (warning,) = RayBackend().check(spec(trials=26), eight)
    assert "needs 18 results on one budget; 26 trials give none, for a budget has 17" in warning
    assert "With --trials 27" in warning
    assert RayBackend().check(spec(trials=27), eight) == []


def test_bohb_refuses_a_space_with_forbidden_combinations(spec):
    restricted = space()
    restricted.add(ForbiddenEqualsClause(restricted["activation"], "tanh"))
    with pytest.raises(RequestError, match="forbidden"):
        RayBackend().check(spec(), restricted)


def test_pb2_refuses_a_workload_without_a_numeric_mutable_hyperparameter(spec):
    with pytest.raises(RequestError, match="numeric"):
        RayBackend().check(spec(algorithm="pb2", mutable=("activation",)), space())


def test_engine_options_that_ray_lacks_are_refused():
    with pytest.raises(ValueError, match="extra"):
        RayBackend.engine_options.model_validate({"islands": 2})


def test_a_space_of_floats_and_categories_suits_every_algorithm(spec):
    plain = ConfigurationSpace()
    plain.add(Float("lr", (1e-4, 1.0), log=True), Categorical("activation", ["relu", "tanh"]))
    for algorithm in RayBackend.algorithms:
        assert RayBackend().check(spec(algorithm=algorithm), plain) == []
