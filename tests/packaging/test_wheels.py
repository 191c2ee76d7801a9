"""Every pinned package can be had for the Pythons that are not here."""

import subprocess
import sys

import pytest
from packaging.requirements import Requirement

SOURCES_ALONE = {"hpbandster": "all", "netifaces": "all", "gpy": "3.10"}
"""Packages without wheels, for all Pythons or one; a C compiler builds them."""


def pins(root, python):
    """Return the lines of the constraints file that hold for a Python on Linux."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for line in (root / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                yield f"{requirement.name}{requirement.specifier}"


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_each_python_has_one_version_of_each_package(root, python):
    names = [Requirement(pin).name for pin in pins(root, python)]
    assert len(names) == len(set(names)) and {"numpy", "torch", "ray", "propulate"} <= set(names)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("python", ["3.10", "3.12", "3.13", "3.14"])
def test_there_are_wheels_of_all_pins(root, tmp_path, python):
    wanted = [
        pin
        for pin in pins(root, python)
        if SOURCES_ALONE.get(Requirement(pin).name) not in {"all", python}
    ]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps"]
    command += [
        "--only-binary=:all:",
        "--ignore-requires-python",
        "--implementation=cp",
        f"--python-version={python}",
    ]
    command += [f"--platform=manylinux_2_{minor}_x86_64" for minor in range(39, 4, -1)]
    command += [f"--platform=manylinux{year}_x86_64" for year in (2014, 2010, 1)]
    done = subprocess.run(
        [*command, "--target", str(tmp_path), *wanted], capture_output=True, text=True
    )
    if "Failed to establish a new connection" in done.stderr:
        pytest.skip("no package registry can be reached")
    assert done.returncode == 0, done.stderr[-2000:]
