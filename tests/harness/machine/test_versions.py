import sys
from pathlib import Path

import pytest

from harness.machine import versions
from harness.machine.versions import judge, own_requirements, parse_constraints

ROOT = Path(__file__).resolve().parents[3]
TESTED = {"numpy": "1.26.4", "ray": "2.60.0"}
REQUIREMENTS = ["numpy>=1.26,<2", 'ray[tune]>=2.60,<2.61; extra == "ray"', "torch>=2.6"]


def states(**installed):
    return {package.name: package.state for package in judge(installed, TESTED, REQUIREMENTS)}


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("1.26.4", "tested"),
        ("1.26.4+local", "tested"),
        ("1.26.9", "allowed"),
        ("1.25.0", "too old"),
        ("2.0.0", "too new"),
        ("2.1.0rc1", "too new"),
    ],
)
def test_a_version_is_judged_by_the_tested_one_and_the_allowed_range(version, state):
    assert states(numpy=version)["numpy"] == state


def test_an_extra_that_is_not_installed_is_absent_and_no_problem():
    assert states(numpy="1.26.4") == {"numpy": "tested", "ray": "absent", "torch": "absent"}


def test_a_requirement_of_another_system_does_not_count():
    (package,) = judge({}, {}, ["numpy>=1", "pywin32; sys_platform == 'win32'"])
    assert package.name == "numpy"


def test_only_exact_versions_of_a_constraints_file_count():
    text = "# tested\nPyYAML==6.0.3\n\nruamel.yaml==0.18 \nnumpy>=1\n"
    assert parse_constraints(text) == {"pyyaml": "6.0.3", "ruamel-yaml": "0.18"}


def test_of_a_package_with_several_lines_the_one_that_holds_here_counts():
    text = "a==1.0 ; python_full_version < '3'\na==2.0 ; python_full_version >= '3'\nb==1\n"
    assert parse_constraints(text) == {"a": "2.0", "b": "1"}


def test_the_package_carries_the_constraints_file_of_the_checkout():
    assert versions.tested_versions() == parse_constraints((ROOT / "constraints.txt").read_text())


def test_every_tested_version_is_one_that_the_package_allows():
    packages = judge(versions.tested_versions(), versions.tested_versions(), own_requirements())
    wrong = [p for p in packages if p.state not in {"tested", "absent"}]
    assert wrong == []


def test_the_harness_finds_itself_among_what_is_installed():
    assert "hpo-harness" in versions.installed_distributions()


def test_of_a_package_in_two_places_the_one_that_is_imported_counts(tmp_path, monkeypatch):
    for place, version in (("environment", "1.26.4"), ("module", "2.5.0")):
        described = tmp_path / place / f"twice-{version}.dist-info"
        described.mkdir(parents=True)
        (described / "METADATA").write_text(f"Name: twice\nVersion: {version}\n")
    places = [str(tmp_path / "environment"), str(tmp_path / "module")]
    monkeypatch.setattr(sys, "path", [*places, *sys.path])
    assert versions.installed_distributions()["twice"] == "1.26.4"
