import pytest
import yaml

from harness.errors import RequestError
from harness.study.definition import load_study

BAD_STUDIES = [
    ({}, "grid"),
    ({"grid": {}}, "no axis"),
    ({"grid": []}, "grid"),
    ({"grids": {"seed": [0]}}, "Did you mean 'grid'"),
    ({"grid": {"seed": []}}, "'seed' has no values"),
    ({"grid": {"seed": [0, 0]}}, "holds a value twice"),
    ({"grid": {"seeds": [0]}}, "Did you mean 'seed'"),
    ({"grid": {"seed": [{"a": 1}]}}, "plain values"),
    ({"grid": {"seed.first": [0]}}, "'seed' holds no settings"),
    ({"grid": {"seed": [0]}, "settings": {"trails": 3}}, "Did you mean 'trials'"),
    ({"grid": {"seed": [0]}, "settings": {"seed": 3}}, "is an axis of the grid already"),
    ({"grid": {"seed": [0]}, "settings": {"engine": 1, "engine.a": 2}}, "holds a value"),
    ({"grid": {"seed": [0]}, "exclude": [{"sead": 0}]}, "Did you mean 'seed'"),
    ({"grid": {"seed": [0]}, "exclude": [{"seed": 7}]}, "value of axis 'seed'"),
    ({"grid": {"seed": [0]}, "exclude": [{}]}, "names no axis"),
    ({"grid": {"seed": [0]}, "overrides": [{"when": {"seed": 0}}]}, "settings"),
    ({"grid": {"seed": [0]}, "overrides": [{"when": {"algo": "pbt"}, "settings": {}}]}, "axis"),
    ({"grid": {"seed": [0]}, "config": 3}, "give the path of a file"),
    ({"grid": {"seed": [0]}, "config": "nowhere.yaml"}, "cannot be read"),
    ({"grid": {"seed": [0]}, "name": "../x"}, "name"),
]


@pytest.mark.parametrize(("entries", "message"), BAD_STUDIES)
def test_a_wrong_study_is_refused_in_one_line(write_study, entries, message):
    with pytest.raises(RequestError) as refused:
        load_study(write_study(**entries))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["[1, 2]", "a: [1", "\x00"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(RequestError):
        load_study(path)


def test_a_study_is_called_like_its_file_unless_it_says_otherwise(write_study):
    assert load_study(write_study("small.yaml", grid={"seed": 0})).name == "small"
    assert load_study(write_study("small.yaml", name="other", grid={"seed": 0})).name == "other"


def test_an_included_configuration_lies_below_the_settings_beside_it(write_study, tmp_path):
    (tmp_path / "run.yaml").write_text(
        "algo: pbt\ntrials: 9\nworkload_options: {images: 100, batch_size: 8}\n"
    )
    study = load_study(
        write_study(
            grid={"algo": ["rand", "asha"]},
            config="run.yaml",
            settings={"workload_options.images": 50},
        )
    )
    assert study.settings == {
        "trials": 9,
        "workload_options": {"images": 50, "batch_size": 8},
    }


def test_an_axis_wins_over_an_included_option(write_study, tmp_path):
    (tmp_path / "run.yaml").write_text("workload_options: {images: 100, batch_size: 8}\n")
    study = load_study(write_study(grid={"workload_options.images": [10, 20]}, config="run.yaml"))
    assert study.settings == {"workload_options": {"batch_size": 8}}


def test_a_study_survives_being_written_out(write_study, tmp_path):
    study = load_study(
        write_study(
            grid={"algo": ["rand", "asha"], "seed": [0, 1]},
            settings={"engine.islands": 2},
            overrides=[{"when": {"algo": "asha"}, "settings": {"trials": 9}}],
            exclude=[{"algo": "asha", "seed": 1}],
        )
    )
    (tmp_path / "copy.yaml").write_text(yaml.safe_dump(study.to_plain(), sort_keys=False))
    assert load_study(tmp_path / "copy.yaml") == study
