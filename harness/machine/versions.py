"""Which versions were tested together, and which are at hand.

Two places hold what is known, and no third: ``constraints.txt`` has the exact
versions that were tested together, the package's own metadata (``pyproject.toml``)
the ranges that are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

DISTRIBUTION = "hpo-harness"

State = Literal["tested", "allowed", "too old", "too new", "absent"]


@dataclass(frozen=True)
class PackageVersion:
    """One package of an installation.

    Attributes
    ----------
    name
        Its distribution name.
    installed
        The version at hand; None if it is absent.
    tested
        The version that was tested with the others; None if none was.
    allowed
        The range that the harness allows, as in ``<2,>=1.26``.
    state
        ``tested``: the very version. ``allowed``: another one in the range.
    """

    name: str
    installed: str | None
    tested: str | None
    allowed: str
    state: State


def tested_versions() -> dict[str, str]:
    """Return the versions that were tested together, by canonical name."""
    return parse_constraints(
        resources.files("harness").joinpath("constraints.txt").read_text(encoding="utf-8")
    )


def parse_constraints(text: str) -> dict[str, str]:
    """Return canonical name to version of the lines ``name==version`` that hold on this system."""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        stated = line.partition("#")[0].strip()
        if not stated:
            continue
        requirement = Requirement(stated)
        exact = [part.version for part in requirement.specifier if part.operator == "=="]
        if exact and (requirement.marker is None or requirement.marker.evaluate()):
            pins[canonicalize_name(requirement.name)] = exact[0]
    return pins


def allowed_ranges(requirements: Iterable[str]) -> dict[str, SpecifierSet]:
    """Return canonical name to allowed range of a distribution's requirements.

    Requirements of all its extras count; those for another system do not.
    """
    ranges: dict[str, SpecifierSet] = {}
    for text in requirements:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if name != DISTRIBUTION and applies(requirement, extras=True):
            ranges[name] = ranges.get(name, SpecifierSet()) & requirement.specifier
    return ranges


def applies(requirement: Requirement, extras: bool) -> bool:
    """Whether a requirement holds on this system; `extras` tells if those of extras count."""
    if requirement.marker is None:
        return True
    if "extra" in str(requirement.marker):
        names = re.findall(r'extra == "([^"]+)"', str(requirement.marker))
        return extras and any(requirement.marker.evaluate({"extra": name}) for name in names)
    return requirement.marker.evaluate({"extra": ""})


def own_requirements() -> list[str]:
    """Return what this installation of the harness requires, extras included."""
    return metadata.requires(DISTRIBUTION) or []


def requirements_of(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the name of each of these installed distributions with what it requires."""
    return {name: metadata.requires(name) or [] for name in names}


def installed_distributions() -> dict[str, str]:
    """Return canonical name to version of every distribution that an import finds.

    An environment may lie before another, such as a virtual environment before a site's
    module, and both hold a package: the first on the path is the one that is imported.
    """
    installed: dict[str, str] = {}
    for found in metadata.distributions():
        if found.name:
            installed.setdefault(canonicalize_name(found.name), found.version)
    return installed


def judge(
    installed: Mapping[str, str], tested: Mapping[str, str], requirements: Iterable[str]
) -> list[PackageVersion]:
    """Judge the version of every package that the harness requires.

    Parameters
    ----------
    installed
        Canonical name to version of what is installed.
    tested
        Canonical name to version of what was tested together.
    requirements
        What the harness requires, extras included.
    """
    return [
        PackageVersion(
            name,
            installed.get(name),
            tested.get(name),
            str(allowed),
            _state(installed.get(name), tested.get(name), allowed),
        )
        for name, allowed in sorted(allowed_ranges(requirements).items())
    ]


def _state(installed: str | None, tested: str | None, allowed: SpecifierSet) -> State:
    if installed is None:
        return "absent"
    if allowed.contains(installed, prereleases=True):
        return "tested" if _same(installed, tested) else "allowed"
    floors = [part for part in allowed if part.operator in {">=", ">", "==", "~="}]
    below = any(Version(installed) < Version(part.version.rstrip(".*")) for part in floors)
    return "too old" if below else "too new"


def _same(installed: str, tested: str | None) -> bool:
    try:
        return tested is not None and Version(installed).public == Version(tested).public
    except InvalidVersion:
        return installed == tested
