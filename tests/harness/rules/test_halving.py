import math
from types import SimpleNamespace

import numpy as np
import pytest

from harness.rules.halving import continues_beyond_rung, rung_epochs


@pytest.mark.parametrize(
    ("grace", "factor", "max_epochs", "rungs"),
    [(1, 4, 12, [1, 4]), (3, 4, 12, [3]), (1, 3, 9, [1, 3]), (1, 2, 8, [1, 2, 4]), (5, 4, 5, [])],
)
def test_rungs_lie_below_the_last_epoch(grace, factor, max_epochs, rungs):
    assert rung_epochs(grace, factor, max_epochs) == rungs


def test_the_first_arrival_goes_on():
    assert continues_beyond_rung(0.0, [], 4, "max")


def test_only_nan_before_counts_as_first_arrival():
    assert continues_beyond_rung(0.0, [math.nan], 4, "max")


def test_the_best_fraction_goes_on_in_both_directions():
    recorded = [0.1, 0.2, 0.3, 0.4]
    assert continues_beyond_rung(0.5, recorded, 4, "max")
    assert not continues_beyond_rung(0.25, recorded, 4, "max")
    assert continues_beyond_rung(0.05, recorded, 4, "min")
    assert not continues_beyond_rung(0.25, recorded, 4, "min")


def test_nan_never_goes_on_against_others():
    assert not continues_beyond_rung(math.nan, [0.1, 0.2], 4, "max")


@pytest.mark.parametrize("mode", ["max", "min"])
def test_the_rule_is_that_of_ray_tune(mode):
    hyperband = pytest.importorskip("ray.tune.schedulers.async_hyperband")
    values = np.random.default_rng(0).random(40)
    sign = 1 if mode == "max" else -1
    bracket = hyperband._Bracket(1, 2, 4, 0, stop_last_trials=True)
    recorded = []
    for number, value in enumerate(values):
        action = bracket.on_result(SimpleNamespace(trial_id=number), 1, sign * value)
        ours = continues_beyond_rung(value, recorded, 4, mode)
        recorded.append(value)
        assert ours == (action != "STOP")
