"""Plugins of strangers that are wrong in some way: one clear line each, the others go on."""

import json
import sys
import textwrap

import pytest

from harness.cli.main import main
from harness.errors import RequestError
from harness.plugins.checks import search_space
from harness.plugins.listing import plugin_problems
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, load_workload, plugin_names

BACKEND = """
from harness.backend import Algorithm, Backend
from harness.testing.backends import SequentialBackend

class Good(SequentialBackend):
    name = "good"

class NoSearch(Backend):
    name, engine, modules = "no-search", "mine", ()
    algorithms = {"rand": Algorithm("mine")}

class Nameless(Backend):
    def search(self, context, world): ...

class Careless(SequentialBackend):
    name = "careless"
    algorithms = {"rand": "configurations of the seed"}

class Idle(SequentialBackend):
    name = "idle"
    algorithms = {}

class Unmakeable(SequentialBackend):
    name = "unmakeable"
    def __init__(self): raise OSError("no licence\\nfound")

class Alias(SequentialBackend):
    name = "ray"

class Fickle(SequentialBackend):
    name = "fickle"
    algorithms = {"rand": Algorithm("mine"), "dream": Algorithm("mine")}
    def check(self, spec, space):
        if spec.algorithm == "dream":
            raise NotImplementedError("dream is for\\nanother day")
        return []

class Failing(SequentialBackend):
    name = "failing"
    def search(self, context, world):
        raise KeyError("column score")

class Bare(SequentialBackend):
    name, engine, modules = "bare", "bare-engine", ("no_such_module",)

class Lazy(SequentialBackend):
    name = "lazy"
    def search(self, context, world):
        driver = context.recorder.open_driver()
        driver.search_began()
        driver.search_ended()

class Changing(SequentialBackend):
    name = "changing"
    def require_engine(self): raise KeyError("licence")

NOT_A_CLASS = 3
"""

WORKLOAD = """
from harness.testing.workloads import AnalyticTraining, AnalyticWorkload
from harness.workload import Metric, Workload

class Good(AnalyticWorkload):
    name = "good"

class NoBuild(Workload):
    name = "no-build"
    def space(self): ...
    def load_data(self, root, split_seed, device): ...

class NoMetric(Workload):
    name, max_epochs = "no-metric", 3
    def space(self): ...
    def load_data(self, root, split_seed, device): ...
    def build(self, config, context): ...

class WrongMetric(AnalyticWorkload):
    name, metric = "wrong-metric", "accuracy"

class WrongMode(AnalyticWorkload):
    name, metric = "wrong-mode", Metric("accuracy", "maximise")

class NoSpace(AnalyticWorkload):
    name = "no-space"
    def space(self): raise ZeroDivisionError("division by zero")

class DictSpace(AnalyticWorkload):
    name = "dict-space"
    def space(self): return {"lr": (0.1, 0.2)}

class Mutating(AnalyticWorkload):
    name, mutable = "mutating", ("momentum",)

class WordyTraining(AnalyticTraining):
    def validate(self): return {"accuracy": 0.5}

class UntestableTraining(AnalyticTraining):
    def test(self): return "very good"

class Untestable(AnalyticWorkload):
    name = "untestable"
    def build(self, config, context):
        return UntestableTraining(config, self.options, context.seed)

class Wordy(AnalyticWorkload):
    name = "wordy"
    def build(self, config, context):
        return WordyTraining(config, self.options, context.seed)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a throw-away package of the given entry points."""
    number = 0

    def install(group, entries, package="stranger", source=None):
        nonlocal number
        number += 1
        module = f"stranger_{number}_{tmp_path.name}"
        site = tmp_path / f"site{number}"
        information = site / f"{package}-1.0.dist-info"
        information.mkdir(parents=True)
        text = source or (BACKEND if group == BACKENDS else WORKLOAD)
        (site / f"{module}.py").write_text(textwrap.dedent(text))
        (information / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value.format(module=module)}" for name, value in entries.items()]
        (information / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
        monkeypatch.syspath_prepend(site)
        return module

    return install


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Runs the console command in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


WRONG_BACKENDS = [
    ("absent", "{module}_gone:Good", "does not import: ModuleNotFoundError"),
    ("absent", "{module}:Gone", "does not import: AttributeError"),
    ("no-search", "{module}:NoSearch", "lacks search; see harness.backend.Backend"),
    ("nameless", "{module}:Nameless", "lacks name, engine, modules, algorithms;"),
    ("number", "{module}:NOT_A_CLASS", "is int, not a class of harness.backend.Backend"),
    ("workload", "harness.testing.workloads:AnalyticWorkload", "is AnalyticWorkload, not a class"),
    ("careless", "{module}:Careless", "algorithms['rand'] is of type str, not Algorithm"),
    ("idle", "{module}:Idle", "declares no algorithms"),
    ("unmakeable", "{module}:Unmakeable", "__init__() fails: OSError: no licence found"),
    ("mine", "{module}:Alias", "calls itself 'ray'"),
]

WRONG_WORKLOADS = [
    ("absent", "{module}_gone:Good", "does not import: ModuleNotFoundError"),
    ("no-build", "{module}:NoBuild", "lacks build; see harness.workload.Workload"),
    ("no-metric", "{module}:NoMetric", "lacks metric"),
    ("wrong-metric", "{module}:WrongMetric", "metric is of type str, not Metric"),
    ("wrong-mode", "{module}:WrongMode", "mode is 'maximise', not 'min' or 'max'"),
    ("no-space", "{module}:NoSpace", "space() fails: ZeroDivisionError: division by zero"),
    ("dict-space", "{module}:DictSpace", "space() is of type dict, not ConfigurationSpace"),
    ("mutating", "{module}:Mutating", "may change momentum, and its space has no such"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG_BACKENDS)
def test_a_wrong_backend_is_one_clear_line_and_the_others_load(install, name, value, message):
    install(BACKENDS, {name: value, "good": "{module}:Good"})
    with pytest.raises(RequestError) as refusal:
        load_backend(name)
    assert f"The backend '{name}'" in str(refusal.value)
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert load_backend("good").algorithms
    assert load_backend("ray").engine == "ray"
    assert plugin_problems(BACKENDS) == [str(refusal.value)]


@pytest.mark.parametrize(("name", "value", "message"), WRONG_WORKLOADS)
def test_a_wrong_workload_is_one_clear_line_and_the_others_load(install, name, value, message):
    install(WORKLOADS, {name: value, "good": "{module}:Good"})
    with pytest.raises(RequestError) as refusal:
        search_space(name, load_workload(name, {}))
    assert f"The workload '{name}'" in str(refusal.value)
    assert message in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert load_workload("good", {}).name == "good"
    assert plugin_problems(WORKLOADS) == [str(refusal.value)]


def test_a_module_that_raises_anything_at_import_is_one_line(install):
    install(BACKENDS, {"loud": "{module}:Good"}, source="raise SystemError('one\\ntwo')")
    with pytest.raises(RequestError, match="does not import: SystemError: one two"):
        load_backend("loud")


def test_a_module_that_is_not_python_is_one_line(install):
    module = install(BACKENDS, {"broken": "{module}:Good"}, source="class Good(:\n")
    for name in ("broken", f"{module}:Good"):
        with pytest.raises(RequestError, match="does not import: SyntaxError"):
            load_backend(name)


def test_a_name_of_the_harness_cannot_be_taken(install):
    module = install(BACKENDS, {"ray": "{module}:Alias"}, package="evil-ray")
    assert load_backend("ray").engine == "ray"
    assert type(load_backend("ray")).__module__ == "backends.ray.backend"
    (line,) = plugin_problems(BACKENDS)
    assert "The backend 'ray' of evil-ray is ignored" in line
    assert type(load_backend(f"{module}:Alias")).__module__ == module


def test_two_strangers_with_one_name_are_told_apart_by_import_path(install):
    first = install(BACKENDS, {"good": "{module}:Good"}, package="one")
    install(BACKENDS, {"good": "{module}:Good"}, package="two")
    with pytest.raises(RequestError, match=r"'good' is registered by (one|two) .* and (one|two) "):
        load_backend("good")
    assert load_backend(f"{first}:Good").name == "good"
    assert "good" in plugin_names(BACKENDS)


def test_a_plugin_of_two_places_that_agree_is_one(install, monkeypatch):
    install(BACKENDS, {"same": "harness.testing.backends:SequentialBackend"}, package="one")
    install(BACKENDS, {"same": "harness.testing.backends:SequentialBackend"}, package="two")
    with pytest.raises(RequestError, match="calls itself 'sequential'"):
        load_backend("same")


@pytest.mark.parametrize("what", ["backends", "algorithms", "workloads"])
def test_list_shows_what_works_beside_what_does_not(install, command, what):
    install(
        BACKENDS, {name: value for name, value, _ in WRONG_BACKENDS} | {"ray": "{module}:Alias"}
    )
    install(WORKLOADS, {name: value for name, value, _ in WRONG_WORKLOADS}, package="other")
    code, out, err = command("list", what)
    assert code == 0, err
    if what == "backends":
        assert "ray" in out and out.count("problem: ") == 10
        assert "problem: The backend 'no-search' lacks search; see" in out
    if what == "workloads":
        assert "digits" in out and out.count("problem: ") == 8
        assert "problem: The workload 'no-space': space() fails: ZeroDivisionError" in out


@pytest.mark.slow
def test_doctor_names_the_plugins_that_cannot_be_used(install, command, monkeypatch):
    monkeypatch.setattr("harness.console.doctor.measure_ceilings", lambda *_arguments: [])
    install(BACKENDS, {"no-search": "{module}:NoSearch", "changing": "{module}:Changing"})
    install(WORKLOADS, {"no-space": "{module}:NoSpace"}, package="other")
    code, out, err = command("doctor", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert "lacks search" in found["backends"]["no-search"]
    assert "require_engine() fails: KeyError: 'licence'" in found["backends"]["changing"]
    assert found["backends"]["ray"] == "ready"
    assert [line.split("'")[1] for line in found["plugins"]] == ["no-search", "no-space"]


def request(backend, workload, algorithm="rand"):
    return ["run", "--backend", backend, "--workload", workload, "--algo", algorithm]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, value, _ in WRONG_BACKENDS if name != "mine"]
)
def test_a_wrong_backend_ends_a_run_before_it_begins(install, command, tmp_path, name, value):
    install(BACKENDS, {name: value})
    code, out, err = command(*request(name, "digits"), "--out", "run")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", [name for name, _, _ in WRONG_WORKLOADS])
def test_a_wrong_workload_ends_a_run_before_it_begins(install, command, tmp_path, name):
    install(WORKLOADS, {name: value for name, value, _ in WRONG_WORKLOADS})
    code, out, err = command(
        *request("harness.testing.backends:SequentialBackend", name), "--out", "run"
    )
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert not (tmp_path / "run").exists()


def test_an_algorithm_that_is_declared_and_then_refused_is_one_line(install, command, tmp_path):
    install(BACKENDS, {"fickle": "{module}:Fickle"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, _out, err = command(*request("fickle", workload, "dream"), "--out", "run")
    assert code == 2
    assert err.strip() == (
        "harness: The backend 'fickle': check() fails: NotImplementedError: dream is for another "
        "day"
    )
    assert not (tmp_path / "run").exists()
    code, _out, err = command(*request("fickle", workload), "--trials", "2", "--epochs", "1")
    assert code == 0, err


def test_an_error_in_mid_search_is_one_line_and_its_traceback_a_file(install, command, tmp_path):
    install(BACKENDS, {"failing": "{module}:Failing"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, out, err = command(*request("failing", workload), "--out", "run")
    assert (code, out) == (1, "")
    assert "Backend 'failing' failed: KeyError: 'column score'." in err.splitlines()[-1]
    assert "Traceback" not in err
    assert "in search" in (tmp_path / "run" / "error.txt").read_text()
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "failed"


def test_a_search_that_evaluates_nothing_says_so(install, command):
    install(BACKENDS, {"lazy": "{module}:Lazy"})
    workload = "harness.testing.workloads:AnalyticWorkload"
    code, _out, err = command(*request("lazy", workload), "--out", "run")
    assert code == 3
    assert "no trial trained an epoch" in err.splitlines()[-1]


def test_a_validation_that_is_no_number_fails_its_trials_and_says_so(install, command):
    install(WORKLOADS, {"wordy": "{module}:Wordy"})
    small = ["--trials", "2", "--epochs", "1", "--workers", "1", "--out", "run"]
    code, _out, err = command(
        *request("harness.testing.backends:SequentialBackend", "wordy"), *small
    )
    assert code == 3
    assert "validate() gave a dict, not a number" in err.splitlines()[-1]


def test_a_test_that_is_no_number_is_a_warning_of_a_search_that_is_whole(install, command):
    install(WORKLOADS, {"untestable": "{module}:Untestable"})
    small = ["--trials", "2", "--epochs", "1", "--workers", "1", "--json"]
    code, out, err = command(
        *request("harness.testing.backends:SequentialBackend", "untestable"), *small
    )
    assert code == 0, err
    summary = json.loads(out)
    assert (summary["trials"], summary["test_value"]) == (2, None)
    (warning,) = [line for line in summary["warnings"] if "test" in line]
    assert warning.endswith("TypeError: test() gave a str, not a number.")


def test_an_absent_engine_of_a_stranger_is_installed_by_its_own_name(install, command):
    install(BACKENDS, {"bare": "{module}:Bare"})
    code, _out, err = command(*request("bare", "digits"))
    assert code == 2
    assert err.strip() == ("harness: Backend 'bare' needs no_such_module: pip install bare-engine")
