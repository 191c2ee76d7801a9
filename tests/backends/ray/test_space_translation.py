"""Spaces survive the way to BOHB and PB2 and back."""

import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    Float,
    Integer,
    OrdinalHyperparameter,
)
from hypothesis import given
from hypothesis import strategies as st

from backends.ray.space_translation import BOHBSpace, UnitInterval, numeric_names
from harness.space import sample_configurations
from harness.space_values import illegality, own_configuration
from harness.testing.spaces import KINDS


def every_kind():
    space = ConfigurationSpace()
    space.add(
        Float("lr", (1e-5, 1.0), log=True),
        Float("optimizer/momentum", (0.0, 0.99)),
        Integer("layers", (1, 9)),
        Integer("width", (8, 512), log=True),
        OrdinalHyperparameter("channels", [8, 16, 24, 32]),
        OrdinalHyperparameter("size", ["small", "medium", "large"]),
        Categorical("activation", ["relu", "tanh"]),
        Constant("batch", 64),
    )
    return space


@given(seed=st.integers(0, 2**31 - 1))
def test_a_configuration_survives_the_way_to_bohb_and_back(seed):
    space = every_kind()
    translation = BOHBSpace(space)
    for configuration in sample_configurations(space, 5, seed):
        assert translation.configuration(translation.suggestion(configuration)) == configuration


@given(seed=st.integers(0, 2**31 - 1))
def test_what_bohb_samples_is_in_the_space_and_plain(seed):
    space = every_kind()
    translation = BOHBSpace(space)
    for suggestion in sample_configurations(translation.space(), 5, seed):
        configuration = translation.configuration(suggestion)
        assert set(configuration) == set(space)
        assert all(space[name].legal_value(value) for name, value in configuration.items())
        assert all(type(value) in {int, float, str} for value in configuration.values())


def test_hpbandster_accepts_the_translated_space():
    from hpbandster.optimizers.config_generators.bohb import BOHB

    translated = BOHBSpace(every_kind()).space()
    assert len(BOHB(translated).vartypes) == 7


@given(seed=st.integers(0, 2**31 - 1))
def test_coordinates_stand_for_the_values_they_come_from(seed):
    space = every_kind()
    unit = UnitInterval(space, ["lr", "layers", "width"])
    for configuration in sample_configurations(space, 5, seed):
        coordinates = unit.coordinates(configuration)
        assert all(0 <= value <= 1 for value in coordinates.values())
        values = unit.values(coordinates)
        assert values["lr"] == pytest.approx(configuration["lr"], rel=1e-9)
        assert values["layers"] == configuration["layers"]
        assert values["width"] == configuration["width"]


@given(point=st.lists(st.floats(-0.5, 1.5), min_size=3, max_size=3))
def test_every_point_gives_plain_values_inside_the_space(point):
    space = every_kind()
    unit = UnitInterval(space, ["lr", "layers", "width"])
    values = unit.values(dict(zip(unit.bounds(), point, strict=True)))
    assert all(space[name].legal_value(value) for name, value in values.items())
    assert [type(value) for value in values.values()] == [float, int, int]


def test_the_middle_of_a_logarithmic_range_is_its_geometric_mean():
    unit = UnitInterval(every_kind(), ["lr"])
    assert unit.values({"x0": 0.5})["lr"] == pytest.approx(10**-2.5)


def test_only_floats_and_integers_are_numeric():
    space = every_kind()
    assert numeric_names(space, ["lr", "channels", "activation", "width"]) == ["lr", "width"]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"conditions", "forbidden"}))
def test_a_space_of_any_kind_survives_the_way_to_bohb_and_back(kind):
    space = KINDS[kind]()
    translation = BOHBSpace(space)
    for configuration in sample_configurations(space, 10, seed=3):
        found = translation.configuration(translation.suggestion(configuration))
        assert repr(found) == repr(configuration)
    if kind != "nothing-to-choose":
        for point in translation.space().sample_configuration(10):
            assert illegality(space, translation.configuration(dict(point))) is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_of_pb2s_cube_is_inside_a_space_of_any_kind(kind):
    space = KINDS[kind]()
    unit = UnitInterval(space, space)
    for place in (0.0, 0.3, 1.0):
        values = unit.values(dict.fromkeys(unit.bounds(), place))
        assert repr(own_configuration(space, values)) == repr(values)
        assert all(space[name].legal_value(value) for name, value in values.items())
