import json
import shutil

import pytest
import yaml

from harness.comparison.flags import check_comparable, describe_value, find_flags
from harness.errors import RequestError
from harness.load.recorded_run import read_recorded_run
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture
def flags(tmp_path):
    """Writes two runs, changes the files of the second, and returns what is flagged."""

    def compare(change=None, **settings):
        first = write_synthetic_run(tmp_path / "a", SyntheticRun()).path
        second = write_synthetic_run(tmp_path / "b", SyntheticRun(**settings)).path
        if change is not None:
            change(second)
        found = find_flags(read_recorded_run(first), read_recorded_run(second))
        return {flag.aspect: flag for flag in found}

    return compare


def edit_json(name, edit):
    def change(path):
        values = json.loads((path / name).read_text())
        edit(values)
        (path / name).write_text(json.dumps(values))

    return change


def edit_config(**changes):
    def change(path):
        values = yaml.safe_load((path / "run.yaml").read_text())
        (path / "run.yaml").write_text(yaml.safe_dump({**values, **changes}))

    return change


@pytest.mark.parametrize("factor", [{"precision": "amp"}, {"backend": "propulate"}])
def test_what_is_compared_on_purpose_is_not_flagged(flags, factor):
    assert flags(**factor) == {}


@pytest.mark.parametrize(
    "aspect, settings",
    [
        ("budget", {"trials": 9}),
        ("budget", {"epochs": 10}),
        ("checkpoint interval", {"checkpoint_interval": 5}),
        ("workers", {"workers": 4}),
        ("hardware", {"cpu": "another processor"}),
        ("data split", {"seed": 1}),
    ],
)
def test_runs_that_were_asked_differently_are_flagged_with_a_reason(flags, aspect, settings):
    flag = flags(**settings)[aspect]
    assert flag.first != flag.second and flag.why.endswith(".")


@pytest.mark.parametrize(
    "aspect, changes",
    [
        ("data", {"data": "/elsewhere"}),
        ("threads", {"threads": 7}),
        ("budget", {"time_limit": 60.0}),
        ("algorithm settings", {"quantile": 0.5}),
        ("workload options", {"workload_options": {"image_size": 64}}),
        ("engine options", {"engine": {"islands": 2}}),
    ],
)
def test_settings_that_differ_are_flagged(flags, aspect, changes):
    assert aspect in flags(edit_config(**changes))


def test_a_space_that_reaches_further_names_the_hyperparameter(flags):
    def widen(environment):
        environment["space"]["hyperparameters"][0]["upper"] = 10.0

    flag = flags(edit_json("environment.json", widen))["search space"]
    assert list(flag.first) == ["space.lr"]


def test_versions_that_differ_are_named(flags):
    def upgrade(environment):
        environment["versions"]["torch"] = "9.9"

    flag = flags(edit_json("environment.json", upgrade))["versions"]
    assert flag.second == {"torch": "9.9"}


def test_precision_support_that_differs_is_flagged(flags):
    def downgrade(summary):
        summary["hardware"]["cpu_has_bf16"] = False

    assert "precision support" in flags(edit_json("summary.json", downgrade))


def test_a_search_that_was_interrupted_is_flagged(flags):
    change = edit_json("summary.json", lambda summary: summary.update(status="interrupted"))
    assert "status" in flags(change)


def test_settings_of_other_algorithms_are_not_held_against_each_other(flags):
    found = flags(edit_config(reduction_factor=3), algo="asha")
    assert "algorithm settings" not in found


def test_options_of_other_engines_are_not_held_against_each_other(flags):
    found = flags(edit_config(engine={"islands": 2}), backend="propulate")
    assert "engine options" not in found


@pytest.mark.parametrize(
    "other", [{"workload": "cfd"}, {"metric": "loss"}, {"metric": "accuracy", "mode": "min"}]
)
def test_runs_that_answer_other_questions_are_refused(tmp_path, other):
    first = write_synthetic_run(tmp_path / "a", SyntheticRun()).path
    second = write_synthetic_run(tmp_path / "b", SyntheticRun(**other)).path
    with pytest.raises(RequestError, match="do not compare"):
        check_comparable(read_recorded_run(first), read_recorded_run(second))


def test_a_run_is_not_compared_with_itself_or_its_copy(tmp_path):
    run = write_synthetic_run(tmp_path / "a", SyntheticRun()).path
    shutil.copytree(run, tmp_path / "copy")
    for other in (run, tmp_path / "copy"):
        with pytest.raises(RequestError, match="are one run"):
            check_comparable(read_recorded_run(run), read_recorded_run(other))


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "none"),
        (True, "yes"),
        (0.5, "0.5"),
        ([1.2, 0.8], "[1.2, 0.8]"),
        ({"type": "float", "log": True, "weights": None}, "type float, log yes"),
    ],
)
def test_values_are_told_in_a_few_words(value, text):
    assert describe_value(value) == text


def test_what_was_mended_of_an_engine_in_one_run_only_is_named(flags):
    mended = ["idle-actors-live"]
    flag = flags(edit_json("summary.json", lambda s: s.update(engine_patches=mended)))
    assert flag["engine patches"].second == {"idle-actors-live": True}


def test_what_a_run_of_an_earlier_version_mended_is_unknown(flags):
    assert flags(edit_json("summary.json", lambda summary: summary.pop("engine_patches"))) == {}


def test_a_run_of_an_engine_as_it_is_stands_apart_from_those_that_mended_it(flags):
    flag = flags(edit_config(engine={"patches": False}))["engine options"]
    assert (flag.first, flag.second) == ({"engine.patches": True}, {"engine.patches": False})
