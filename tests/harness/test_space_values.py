import json
import math

import numpy as np
import pytest
from ConfigSpace import (
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    Float,
    Integer,
    OrdinalHyperparameter,
)

from harness.errors import RequestError
from harness.rules.exploration import explore
from harness.space import describe_space, sample_configurations
from harness.space_values import (
    check_values,
    choice_index,
    has_single_value,
    illegality,
    own_configuration,
    own_value,
)
from harness.testing.spaces import FIXED, KINDS


def space_of(*hyperparameters):
    space = ConfigurationSpace()
    space.add(*hyperparameters)
    return space


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_gives_the_spaces_own_values_back(kind):
    space = KINDS[kind]()
    for config in sample_configurations(space, 20, seed=1):
        recorded = json.loads(json.dumps(config))
        assert repr(own_configuration(space, recorded)) == repr(config)
        assert illegality(space, config) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_of_any_kind_can_be_described(kind):
    json.dumps(describe_space(KINDS[kind]()))


def test_values_keep_the_types_that_configspace_changes():
    mixed = CategoricalHyperparameter("bias", [True, 2, 0])
    assert own_value(mixed, np.int64(1)) is True
    assert own_value(mixed, 0) == 0 and own_value(mixed, 0) is not False
    numbers = CategoricalHyperparameter("level", [1, 2.5])
    assert type(own_value(numbers, np.float64(1.0))) is int
    assert type(own_value(Integer("layers", (1, 3)), 2.0)) is int
    assert type(own_value(Float("lr", (0.0, 1.0)), 1)) is float
    assert own_value(Constant("shape", (1, (2,))), [1, [2]]) == (1, (2,))


def test_text_and_numbers_are_told_apart():
    either = CategoricalHyperparameter("mode", ["1", 1])
    assert choice_index(either, "1") == 0
    assert choice_index(either, 1) == 1
    with pytest.raises(ValueError, match=r"3 is no value of hyperparameter 'mode'"):
        choice_index(either, 3)


def test_large_integers_stay_as_they_are():
    assert own_value(Integer("offset", (2**53, 2**53 + 9)), 2**53 + 1) == 2**53 + 1
    assert own_value(OrdinalHyperparameter("key", [2**63 + 1, 2**70 + 1]), 2**70 + 1) == 2**70 + 1


def test_what_leaves_nothing_to_choose():
    assert has_single_value(Constant("depth", 3))
    assert has_single_value(OrdinalHyperparameter("width", [8]))
    assert not has_single_value(Integer("layers", (1, 2)))


@pytest.mark.parametrize(
    "choices",
    [[{1, 2}, {3}], [b"a", b"b"], [1.0, math.nan], [1j, 2j], [int, float], [{1: "a"}, {2: "b"}]],
)
def test_values_that_records_cannot_hold_are_refused_in_one_line(choices):
    with pytest.raises(RequestError, match=r"hyperparameter 'x' has the value .*cannot hold") as e:
        check_values("The workload 'w'", space_of(OrdinalHyperparameter("x", [*choices, "z"])))
    assert "\n" not in str(e.value)


def test_values_that_records_cannot_tell_apart_are_refused():
    with pytest.raises(RequestError, match="cannot tell apart"):
        check_values("w", space_of(CategoricalHyperparameter("x", [(1, 2), [1, 2], "z"])))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nothing-to-choose"])
def test_exploration_changes_what_may_change_and_stays_inside_the_space(kind):
    space = KINDS[kind]()
    fixed = FIXED.get(kind, frozenset())
    mutable = [name for name in space if name not in fixed]
    changed = 0
    for number, config in enumerate(sample_configurations(space, 30, seed=2)):
        for again in range(3):
            generator = np.random.default_rng([number, again])
            explored = explore(config, space, mutable, generator)
            assert illegality(space, explored) is None
            assert repr(own_configuration(space, explored)) == repr(explored)
            assert {n: explored.get(n) for n in fixed} == {n: config.get(n) for n in fixed}
            changed += explored != config
    assert changed > 60
