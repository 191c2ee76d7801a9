from __future__ import annotations

import math

import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenEqualsClause,
    Integer,
    Normal,
    OrdinalHyperparameter,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.propulate.translation import TranslatedSpace, refuse_inexpressible
from harness.errors import RequestError
from harness.population.config_vector import ConfigVector
from harness.space import sample_configurations
from harness.space_values import choices_of, illegality
from harness.testing.spaces import KINDS


@st.composite
def real(draw):
    log = draw(st.booleans())
    lower = draw(st.floats(1e-6, 10.0)) if log else draw(st.floats(-100.0, 100.0))
    upper = lower * draw(st.floats(1.5, 1e6)) if log else lower + draw(st.floats(0.1, 1e3))
    return lambda name: Float(name, (lower, upper), log=log)


@st.composite
def integer(draw):
    log = draw(st.booleans())
    lower = draw(st.integers(1, 50)) if log else draw(st.integers(-50, 50))
    upper = lower + draw(st.integers(1, 500))
    return lambda name: Integer(name, (lower, upper), log=log)


@st.composite
def ordinal(draw):
    values = sorted(draw(st.sets(st.integers(1, 1000), min_size=2, max_size=8)))
    return lambda name: OrdinalHyperparameter(name, values)


@st.composite
def categorical(draw):
    values = sorted(draw(st.sets(st.sampled_from("abcdefgh"), min_size=2, max_size=6)))
    return lambda name: Categorical(name, values)


@st.composite
def spaces(draw):
    kinds = st.one_of(real(), integer(), ordinal(), categorical())
    makers = draw(st.lists(kinds, min_size=1, max_size=6))
    space = ConfigurationSpace()
    space.add(*[make(f"_{number}") for number, make in enumerate(makers)])
    space.add(Constant("fixed", 3))
    return space


def agree(config, other):
    assert set(config) == set(other)
    for name, value in config.items():
        if isinstance(value, float):
            assert math.isclose(value, other[name], rel_tol=1e-9, abs_tol=1e-9)
        else:
            assert other[name] == value
            assert type(other[name]) is type(value)


@settings(deadline=None)
@given(spaces(), st.integers(0, 2**31))
def test_traits_and_back(space, seed):
    translated = TranslatedSpace(space)
    for config in sample_configurations(space, 3, seed):
        traits = translated.encode(config)
        for key, (low, high) in translated.limits.items():
            assert low - 1e-9 <= traits[key] <= high + 1e-9
            assert type(traits[key]) is type(low)
        agree(config, translated.decode(traits))


@settings(deadline=None)
@given(spaces(), st.integers(0, 2**31))
def test_the_box_and_back(space, seed):
    translated = TranslatedSpace(space)
    for config in sample_configurations(space, 3, seed):
        point = translated.to_box(config)
        assert ((point >= -1.0) & (point <= 1.0)).all()
        agree(config, translated.from_box(point))


@settings(deadline=None)
@given(spaces(), st.data())
def test_every_point_of_the_box_is_a_configuration(space, data):
    translated = TranslatedSpace(space)
    coordinate = st.floats(-1.0, 1.0)
    size = len(translated.box_limits)
    point = data.draw(st.lists(coordinate, min_size=size, max_size=size))
    config = translated.from_box(point)
    for name, value in config.items():
        assert space[name].legal_value(value), (name, value)


@settings(deadline=None)
@given(st.integers(2, 9))
def test_the_values_of_a_discrete_hyperparameter_have_equal_parts_of_the_box(count):
    space = ConfigurationSpace()
    space.add(Integer("n", (1, count)))
    translated = TranslatedSpace(space)
    steps = 90 * count
    points = [-1.0 + 2.0 * (step + 0.5) / steps for step in range(steps)]
    drawn = [translated.from_box([point])["n"] for point in points]
    assert [drawn.count(value) for value in range(1, count + 1)] == [90] * count


def test_constants_are_in_every_configuration_and_not_searched():
    space = ConfigurationSpace()
    space.add(Constant("fixed", 3), Float("x", (0.0, 1.0)))
    translated = TranslatedSpace(space)
    assert len(translated.limits) == 1
    assert translated.decode(translated.encode({"fixed": 3, "x": 0.5})) == {"fixed": 3, "x": 0.5}


def test_a_normal_hyperparameter_is_searched_within_its_bounds():
    space = ConfigurationSpace()
    space.add(Float("x", (0.1, 1.0), distribution=Normal(0.5, 0.1)))
    assert list(TranslatedSpace(space).limits.values()) == [(0.1, 1.0)]


def conditional_space():
    space = ConfigurationSpace()
    kind, size = Categorical("kind", ["a", "b"]), Integer("size", (1, 5))
    space.add(kind, size)
    space.add(EqualsCondition(size, kind, "a"))
    return space


def forbidding_space():
    space = ConfigurationSpace()
    size = Integer("size", (1, 5))
    space.add(size)
    space.add(ForbiddenEqualsClause(size, 4))
    return space


@pytest.mark.parametrize("make", [conditional_space, forbidding_space])
def test_what_traits_cannot_express_is_refused(make):
    with pytest.raises(RequestError, match="conditions or forbidden"):
        refuse_inexpressible(make(), "ga", continuous=False)


def test_an_unordered_choice_of_three_does_not_fit_into_a_continuous_space():
    space = ConfigurationSpace()
    space.add(Categorical("flag", [True, False]), Float("x", (0.0, 1.0)))
    refuse_inexpressible(space, "pso", continuous=True)
    space.add(Categorical("activation", ["relu", "tanh", "selu"]))
    refuse_inexpressible(space, "ga", continuous=False)
    with pytest.raises(RequestError, match="'activation'"):
        refuse_inexpressible(space, "pso", continuous=True)


def test_a_space_of_constants_is_refused():
    space = ConfigurationSpace()
    space.add(Constant("fixed", 3))
    with pytest.raises(RequestError, match="nothing to choose"):
        refuse_inexpressible(space, "ga", continuous=False)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"conditions", "forbidden"}))
def test_a_space_of_any_kind_survives_the_way_to_traits_and_back(kind):
    space = KINDS[kind]()
    translated = TranslatedSpace(space)
    for configuration in sample_configurations(space, 10, seed=3):
        for found in (
            translated.decode(translated.encode(configuration)),
            translated.from_box(translated.to_box(configuration)),
        ):
            assert illegality(space, found) is None
            choices = [name for name in space if choices_of(space[name])]
            for name in choices:
                assert repr(found[name]) == repr(configuration[name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_keeps_a_configuration_of_any_kind(kind):
    space = KINDS[kind]()
    vector = ConfigVector(space)
    for configuration in sample_configurations(space, 10, seed=3):
        found = vector.decode(vector.encode(configuration))
        assert repr(dict(sorted(found.items()))) == repr(dict(sorted(configuration.items())))
