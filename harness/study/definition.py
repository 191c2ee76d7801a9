"""What a study file says, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from harness.config import read_config_file
from harness.errors import RequestError, describe_validation, unknown_name
from harness.statistics.margins import Margins
from harness.study.settings import check_names, lay_over, leaves, spread


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else [value]


def _plain(value: Any) -> Any:
    if value is not None and not isinstance(value, bool | int | float | str):
        raise ValueError("an axis takes plain values; give others under 'overrides'")
    return value


Value = Annotated[Any, BeforeValidator(_plain)]
"""A value on an axis: text, a number, true, false or null."""

Values = Annotated[tuple[Value, ...], BeforeValidator(_listed)]
"""The values of an axis; one value may be written without brackets."""

Condition = dict[str, Values]
"""Axis to the values that match; a cell matches if it does on every axis named."""


class _StudyPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Override(_StudyPart):
    """Settings of those cells that match a condition.

    Attributes
    ----------
    when
        The condition.
    settings
        The settings.
    """

    when: Condition
    settings: dict[str, Any]


class Study(_StudyPart):
    """A grid of runs.

    Attributes
    ----------
    name
        Names the study's directory.
    grid
        Axis to its values. An axis is a setting of a run, or an option in
        ``workload_options.…`` or ``engine.…``.
    settings
        The settings that all cells share.
    overrides
        Settings of some cells; where two speak of one setting, the later wins.
    exclude
        Conditions of cells to leave out.
    margins
        What a report over the study takes for no difference.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    grid: dict[str, Values]
    settings: dict[str, Any] = {}
    overrides: tuple[Override, ...] = ()
    exclude: tuple[Condition, ...] = ()
    margins: Margins = Margins()

    def to_plain(self) -> dict[str, Any]:
        """Return the study as a study file holds it."""
        plain = self.model_dump(mode="json")
        if self.margins == Margins():
            del plain["margins"]
        return {name: value for name, value in plain.items() if value}


def load_study(path: Path) -> Study:
    """Read a study file.

    An entry ``config: FILE``, beside ``settings`` of the study or of an
    override, takes the settings of a run's configuration file as a layer
    below; the path is relative to the study file. The result holds these
    settings and no reference to the file.

    Raises
    ------
    RequestError
        If it cannot be read, or is not a study.
    """
    values = read_config_file(path, "study")
    unknown = sorted(set(values) - {*Study.model_fields, "config"})
    if unknown:
        raise unknown_name("study entry", unknown[0], [*Study.model_fields, "config"])
    grid = values.get("grid")
    axes = set(grid) if isinstance(grid, Mapping) else set()
    values = {"name": path.stem, **_with_included_settings(values, path, axes)}
    overrides = values.get("overrides")
    if isinstance(overrides, list):
        values["overrides"] = [_with_included_settings(o, path, axes) for o in overrides]
    try:
        study = Study.model_validate(values)
    except ValidationError as error:
        raise RequestError(f"Study '{path}': {describe_validation(error)}") from None
    return _checked(study)


def _with_included_settings(entry: Any, study: Path, axes: set[str]) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    layers = dict(entry)
    file = layers.pop("config", None)
    own = layers.get("settings")
    if isinstance(own, Mapping):
        layers["settings"] = spread({str(name): value for name, value in own.items()})
    if file is None:
        return layers
    if not isinstance(file, str):
        raise RequestError(f"Study '{study}': config: give the path of a file (got {file!r}).")
    included = spread(read_config_file(study.parent / file))
    # A run's configuration may name what is an axis here; the axis decides.
    kept = spread({name: value for name, value in leaves(included) if name not in axes})
    layers["settings"] = lay_over(kept, layers.get("settings") or {})
    return layers


def _checked(study: Study) -> Study:
    if not study.grid:
        raise RequestError(f"Study '{study.name}' has no axis in its grid, hence no cells.")
    check_names(list(study.grid), "grid")
    for axis, values in study.grid.items():
        if not values:
            raise RequestError(f"Study '{study.name}' has no cells: axis '{axis}' has no values.")
        if len(set(values)) < len(values):
            raise RequestError(f"Study '{study.name}': axis '{axis}' holds a value twice.")
    _check_settings(study, study.settings, "settings")
    for override in study.overrides:
        _check_condition(study, override.when, "overrides")
        _check_settings(study, override.settings, "overrides")
    for condition in study.exclude:
        _check_condition(study, condition, "exclude")
    return study


def _check_settings(study: Study, settings: Mapping[str, Any], where: str) -> None:
    names = [name for name, _ in leaves(settings)]
    check_names(names, where)
    for name in names:
        if name in study.grid:
            raise RequestError(f"Setting '{name}' (in {where}) is an axis of the grid already.")


def _check_condition(study: Study, condition: Condition, where: str) -> None:
    if not condition:
        raise RequestError(f"A condition in {where} names no axis.")
    for axis, values in condition.items():
        if axis not in study.grid:
            raise unknown_name(f"axis (in {where})", axis, study.grid)
        for value in values:
            if value not in study.grid[axis]:
                known = map(str, study.grid[axis])
                raise unknown_name(f"value of axis '{axis}' (in {where})", str(value), known)
