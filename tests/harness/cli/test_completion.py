import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from harness.backend import EngineOptions
from harness.cli import completion
from harness.config import RunConfig
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, plugin_names
from harness.precision import PRECISIONS

SEQUENTIAL = "harness.testing.backends:SequentialBackend"


def typed(**params):
    return SimpleNamespace(params=params)


def test_names_of_plugins_are_completed():
    assert completion.complete_backend("") == plugin_names(BACKENDS)
    assert completion.complete_backend("pro") == ["propulate"]
    assert completion.complete_workload("") == plugin_names(WORKLOADS)
    assert completion.complete_workload("c") == ["cfd", "cifar10"]


def test_precisions_are_completed_with_what_they_are():
    assert completion.complete_precision("") == list(PRECISIONS.items())
    assert [name for name, _ in completion.complete_precision("amp-")] == ["amp-fp16", "amp-bf16"]


def test_algorithms_are_those_of_the_backend_that_is_given():
    own = list(load_backend(SEQUENTIAL).algorithms)
    assert completion.complete_algorithm(typed(backend=SEQUENTIAL), "") == own
    of_all = completion.complete_algorithm(typed(backend=None), "")
    assert len(of_all) == len(set(of_all)) and {"rand", "bohb", "cbo", "pso"} <= set(of_all)
    assert completion.complete_algorithm(typed(backend=None), "boh") == ["bohb"]


def test_settings_are_completed_with_those_of_the_backend_and_the_workload(monkeypatch):
    class Options(EngineOptions):
        islands: int = 1

    monkeypatch.setattr(type(load_backend(SEQUENTIAL)), "engine_options", Options)
    given = typed(backend=SEQUENTIAL, workload="digits")
    every = completion.complete_setting(given, "")
    assert {name.rstrip("=.") for name in every} == set(RunConfig.model_fields)
    assert completion.complete_setting(given, "grace") == ["grace_epochs="]
    assert completion.complete_setting(given, "engi") == ["engine."]
    assert completion.complete_setting(given, "engine.i") == ["engine.islands="]
    assert completion.complete_setting(given, "workload_options.")


def test_only_settings_that_may_change_are_completed_for_resume_and_bench():
    assert completion.complete_resumed_setting("t") == [
        "threads=",
        "time_limit=",
        "trial_timeout=",
    ]
    assert completion.complete_machine_setting("") == ["data=", "device=", "threads=", "engine."]


def test_a_plugin_that_cannot_be_loaded_completes_to_nothing():
    wrong = typed(backend="nowhere:Nothing", workload="nowhere:Nothing")
    assert completion.complete_algorithm(wrong, "") == []
    assert completion.complete_setting(wrong, "engine.") == []
    assert completion.complete_setting(wrong, "workload_options.") == []


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("harness run --backend propulate --algo p", 5, ["pso", "pbt"]),
        ("harness run --backend propulate --set engine.isl", 5, ["engine.islands="]),
    ],
)
def test_a_shell_is_answered(line, word, expected):
    asked = {
        "_HARNESS_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(word),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from harness.cli.main import app; app(prog_name='harness')"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.split()) == sorted(expected) and not done.stderr
