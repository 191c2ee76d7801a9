"""Plugins of strangers that are wrong in some way: one clear line each, the others load."""

import json
import os
from importlib.metadata import entry_points

import pytest

from harness.errors import RequestError
from harness.plugins.checks import search_space
from harness.plugins.listing import plugin_problems
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, load_workload, plugin_names
from tests.harness.plugins.strangers import WRONG_BACKENDS, WRONG_WORKLOADS


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


def test_packages_are_read_again_when_one_comes(install, tmp_path, monkeypatch):
    from harness.plugins import entries

    read = []

    def counted(group):
        read.append(group)
        return entry_points(group=group)

    monkeypatch.setattr(entries, "entry_points", counted)
    install(BACKENDS, {"first": "{module}:Good"})
    assert all("first" in plugin_names(BACKENDS) for _ in range(3))
    assert read == [BACKENDS]
    site = tmp_path / "site1"
    other = site / "other-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Name: other\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text(f"[{BACKENDS}]\nsecond = no.such:Backend\n")
    os.utime(site, (0, 0))
    assert {"first", "second"} <= set(plugin_names(BACKENDS))


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
