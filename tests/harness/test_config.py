from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.config import (
    RunConfig,
    build_config,
    read_config_file,
    resolved_config,
    validate_config,
)
from harness.errors import RequestError, unknown_name
from harness.study.definition import load_study

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.text(max_size=12),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.one_of(st.sampled_from(sorted(RunConfig.model_fields)), st.text(max_size=8))


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_settings_are_a_configuration_or_refused_in_one_line(settings):
    try:
        config = validate_config(settings)
    except RequestError as error:
        assert "\n" not in str(error)
    else:
        assert validate_config(config.to_plain()) == config


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_configuration_survives_its_file(tmp_path_factory, settings):
    try:
        config = validate_config(settings)
    except RequestError:
        return
    path = tmp_path_factory.mktemp("config") / "run.yaml"
    path.write_text(yaml.safe_dump(config.to_plain()))
    assert validate_config(read_config_file(path)) == config


@given(st.binary(max_size=200))
def test_any_file_is_settings_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("config") / "run.yaml"
    path.write_bytes(content)
    try:
        assert isinstance(read_config_file(path), dict)
    except RequestError as error:
        assert str(path) in str(error)


@given(st.lists(st.text(max_size=20), max_size=3))
def test_any_assignment_is_taken_or_refused(settings):
    try:
        build_config(None, {}, settings)
    except RequestError as error:
        assert str(error)


def test_later_sources_win(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("trials: 3\nepochs: 4\nseed: 5\n")
    config = build_config(path, {"epochs": 6, "seed": None}, ["seed=7", "engine.islands=2"])
    assert (config.trials, config.epochs, config.seed) == (3, 6, 7)
    assert config.engine == {"islands": 2}


def test_an_unknown_setting_is_named_with_the_nearest():
    with pytest.raises(RequestError, match="Did you mean 'trials'"):
        validate_config({"trails": 3})


def test_a_setting_with_the_name_of_an_argument_is_refused_as_any_other():
    with pytest.raises(RequestError, match="'self'"):
        validate_config({"self": None})
    with pytest.raises(RequestError, match="'values'"):
        resolved_config({"values": 1})


def test_a_fault_in_yaml_is_told_with_its_line(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("backend: ray\nalgo: [rand\nseed: 1\n")
    with pytest.raises(RequestError, match=r"configuration '.*run.yaml' is not YAML: line \d"):
        read_config_file(file)
    with pytest.raises(RequestError, match=r"The study 'nowhere\.yaml' cannot"):
        load_study(Path("nowhere.yaml"))


def test_a_configuration_made_in_python_is_refused_as_the_command_line_refuses_it():
    with pytest.raises(RequestError, match="trials"):
        RunConfig(trials=-1)
    with pytest.raises(RequestError, match="Did you mean 'trials'"):
        RunConfig(trails=3)


def test_a_name_that_is_nothing_like_any_other_gets_no_suggestion():
    assert "Did you mean" not in str(unknown_name("algorithm", "bogus", ["cbo", "rand"]))
