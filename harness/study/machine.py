"""Settings that say where cells run and not what they are; no part of a study."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from harness.config import validate_config
from harness.errors import RequestError
from harness.study.grid import Cell
from harness.study.settings import lay_over, leaves, spread

MACHINE_SETTINGS = ("data", "device", "threads", "engine")
"""The settings that a machine may add to a cell."""

_OPTIONS = frozenset(
    {
        "backend",
        "algo",
        "workload",
        "precision",
        "workers",
        "trials",
        "epochs",
        "seed",
        "ranks_per_trial",
        "checkpoint_interval",
        "time_limit",
        "data",
    }
)


def machine_settings(data: Path | None, settings: Iterable[str]) -> dict[str, Any]:
    """Return the settings of this machine, nested.

    Parameters
    ----------
    data
        The data root, or None.
    settings
        ``key=value`` settings; the values are YAML.

    Raises
    ------
    RequestError
        If one is no ``key=value``, or would change what a cell is.
    """
    values: dict[str, Any] = {} if data is None else {"data": str(data)}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not separator or name.split(".")[0] not in MACHINE_SETTINGS:
            raise RequestError(
                f"--set takes key=value with one of {', '.join(MACHINE_SETTINGS[:-1])} or "
                f"engine.… here; got '{setting}'. What a cell is, its study says."
            )
        try:
            values[name] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise RequestError(f"--set {name}: '{text}' is not a YAML value.") from None
    return spread(values)


def place(cell: Cell, machine: dict[str, Any]) -> Cell:
    """Return `cell` with the settings of a machine laid over its own.

    Raises
    ------
    RequestError
        If a value is wrong.
    """
    if not machine:
        return cell
    settings = lay_over(cell.settings, machine)
    return dataclasses.replace(cell, settings=settings, config=validate_config(settings))


def run_arguments(cell: Cell, out: Path) -> list[str]:
    """Return the arguments of ``harness run`` that run a cell into `out`."""
    options, others = [], []
    for name, value in leaves(cell.settings):
        if value is None:
            continue
        if name in _OPTIONS:
            options += [f"--{name.replace('_', '-')}", str(value)]
        else:
            others += ["--set", f"{name}={json.dumps(value)}"]
    return [*options, *others, "--out", str(out)]
