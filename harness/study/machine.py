"""Settings that say where cells run and not what they are; no part of a study."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.config import parse_setting, validate_config
from harness.errors import RequestError
from harness.study.grid import Cell
from harness.study.settings import lay_over, spread

MACHINE_SETTINGS = ("data", "device", "threads", "engine")
"""The settings that a machine may add to a cell."""


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
        named, given, _value = setting.partition("=")
        if not given or named.split(".")[0] not in MACHINE_SETTINGS:
            raise RequestError(
                f"--set takes key=value with one of {', '.join(MACHINE_SETTINGS[:-1])} or "
                f"engine.… here; got '{setting}'. What a cell is, its study says."
            )
        name, value = parse_setting(setting)
        values[name] = value
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
