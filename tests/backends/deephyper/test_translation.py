import math
from functools import partial

import numpy as np
import pytest
from ConfigSpace import (
    CategoricalHyperparameter,
    Configuration,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    Integer,
    NormalFloatHyperparameter,
    OrdinalHyperparameter,
)
from hypothesis import given
from hypothesis import strategies as st

from backends.deephyper.translation import EngineSpace
from harness.space import sample_configurations
from harness.space_values import choices_of, illegality
from harness.testing.spaces import KINDS

# A worker sets the processor to flush denormals, and an earlier test may have been one.
floats = partial(st.floats, allow_nan=False, allow_subnormal=False)
names = st.sampled_from(["lr", "weight_decay", "width", "depth", "activation"])


@st.composite
def float_ranges(draw, name):
    if draw(st.booleans()):
        exponent = draw(floats(-8, 3))
        return Float(name, (10**exponent, 10 ** (exponent + draw(floats(0.5, 6)))), log=True)
    lower = draw(floats(-1e3, 1e3))
    return Float(name, (lower, lower + draw(floats(0.1, 1e3))))


@st.composite
def integer_ranges(draw, name):
    lower = draw(st.integers(1, 1000))
    upper = lower + draw(st.integers(1, 1000))
    return Integer(name, (lower, upper), log=draw(st.booleans()))


@st.composite
def ordinals(draw, name):
    kind = draw(st.sampled_from([st.integers(-100, 100), st.text("abc", min_size=1, max_size=3)]))
    values = draw(st.lists(kind, min_size=1, max_size=6, unique=True))
    return OrdinalHyperparameter(name, values)


@st.composite
def categoricals(draw, name):
    kind = draw(
        st.sampled_from([st.integers(-9, 9), st.text("abc", min_size=1, max_size=3), st.booleans()])
    )
    return CategoricalHyperparameter(
        name, draw(st.lists(kind, min_size=1, max_size=5, unique=True))
    )


@st.composite
def spaces(draw):
    space = ConfigurationSpace()
    for name in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        kind = draw(st.sampled_from([float_ranges, integer_ranges, ordinals, categoricals]))
        space.add(draw(kind(name)))
    return space


def assert_same(decoded, configuration):
    assert list(decoded) == list(configuration)
    for name, value in configuration.items():
        assert type(decoded[name]) is type(value)
        if isinstance(value, float):
            assert math.isclose(decoded[name], value, rel_tol=1e-9, abs_tol=1e-9)
        else:
            assert decoded[name] == value


@given(space=spaces(), seed=st.integers(0, 2**31 - 1))
def test_a_configuration_survives_the_way_into_the_coordinates_and_back(space, seed):
    translated = EngineSpace(space)
    for configuration in sample_configurations(space, 5, seed):
        point = translated.encode(configuration)
        if translated.coordinates:
            Configuration(translated.coordinates, point)
        assert_same(translated.decode(point), configuration)


@given(space=spaces(), seed=st.integers(0, 2**31 - 1))
def test_every_point_of_the_coordinates_is_a_plain_configuration_of_the_space(space, seed):
    translated = EngineSpace(space)
    for point in sample_configurations(translated.coordinates, 5, seed):
        configuration = translated.decode(point)
        Configuration(space, configuration)
        assert {type(value) for value in configuration.values()} <= {int, float, str, bool}


@given(space=spaces())
def test_the_corners_of_the_coordinates_lie_inside_the_space(space):
    translated = EngineSpace(space)
    for side in ("lower", "upper"):
        corner = {name: getattr(axis, side, 0) for name, axis in translated.coordinates.items()}
        Configuration(space, translated.decode(corner))


def test_a_log_scale_is_uniform_in_the_coordinates():
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True))
    translated = EngineSpace(space)
    assert translated.decode({"h0": 0.5})["lr"] == pytest.approx(1e-2)
    assert translated.decode({"h0": 0.0})["lr"] == pytest.approx(1e-4)
    assert translated.decode({"h0": 1.0})["lr"] == pytest.approx(1.0)


def test_what_has_one_value_is_no_coordinate_and_comes_back():
    space = ConfigurationSpace()
    space.add(
        Constant("depth", 3), OrdinalHyperparameter("width", [8]), Integer("batch_size", (1, 4))
    )
    translated = EngineSpace(space)
    assert list(translated.coordinates) == ["h0"]
    assert translated.decode({"h0": 2}) == {"batch_size": 2, "depth": 3, "width": 8}


def conditional_space():
    space = ConfigurationSpace()
    optimizer = CategoricalHyperparameter("optimizer", ["adam", "sgd"])
    momentum = Float("momentum", (0.5, 0.9))
    batch_size = OrdinalHyperparameter("batch_size", [32, 64])
    space.add(optimizer, momentum, batch_size)
    space.add(EqualsCondition(momentum, optimizer, "sgd"))
    return space


def test_an_inactive_hyperparameter_is_left_out():
    translated = EngineSpace(conditional_space())
    assert not translated.is_flat
    # ConfigSpace lists what depends on others last.
    point = {"h0": 1, "h1": 0, "h2": 0.5}
    assert translated.decode(point) == {"optimizer": "adam", "batch_size": 64}
    inactive = translated.encode({"optimizer": "adam", "batch_size": 64})
    assert inactive == {"h0": 1, "h1": 0, "h2": 0.0}


def test_samples_obey_conditions_and_forbidden_clauses():
    space = conditional_space()
    space.add(
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(space["optimizer"], "sgd"),
            ForbiddenEqualsClause(space["batch_size"], 32),
        )
    )
    space.seed(0)
    translated = EngineSpace(space)
    points = translated.sample(200).to_dict(orient="records")
    assert len(points) == 200
    configurations = [translated.decode(point) for point in points]
    for configuration in configurations:
        Configuration(space, configuration)
    assert {c["optimizer"] for c in configurations} == {"adam", "sgd"}
    momenta = [c["momentum"] for c in configurations if "momentum" in c]
    assert np.ptp(momenta) > 0.3


def test_a_single_sample_is_one_row():
    assert len(EngineSpace(conditional_space()).sample(1)) == 1


def test_a_normal_float_spans_its_bounds():
    space = ConfigurationSpace()
    space.add(NormalFloatHyperparameter("shift", mu=0.0, sigma=1.0, lower=-3.0, upper=3.0))
    translated = EngineSpace(space)
    assert translated.decode({"h0": 0.0}) == {"shift": -3.0}
    assert translated.decode({"h0": 1.0}) == {"shift": 3.0}


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_of_any_kind_survives_the_way_and_back(kind):
    space = KINDS[kind]()
    translated = EngineSpace(space)
    for configuration in sample_configurations(space, 10, seed=3):
        point = translated.encode(configuration)
        assert illegality(space, translated.decode(point)) is None
        for name, value in translated.decode(point).items():
            if choices_of(space[name]):
                assert repr(value) == repr(configuration[name])
