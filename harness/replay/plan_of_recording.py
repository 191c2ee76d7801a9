"""What is to be recorded: configurations, precisions and seeds, read from a study file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import RequestError, describe_validation, unknown_name
from harness.plugins.loading import load_workload
from harness.replay.curve import config_key
from harness.space import sample_configurations
from harness.space_values import illegality, own_configuration
from harness.study.definition import Study, load_study
from harness.study.grid import expand

AXES = ("precision", "seed")
"""What a recording may vary; all else is one value."""

GRID = "configurations"
"""An entry of its own: hyperparameter to its values, instead of a seeded sample."""


_PARQUET = b"PAR1"
"""What a Parquet file begins with."""


@dataclass(frozen=True)
class Recording:
    """The trainings to record.

    Attributes
    ----------
    config
        The settings that all share.
    precisions, seeds
        Each configuration is trained once with each.
    configurations
        What is trained, by number.
    """

    config: RunConfig
    precisions: tuple[str, ...]
    seeds: tuple[int, ...]
    configurations: tuple[Mapping[str, Any], ...]

    @property
    def epochs(self) -> int:
        """The length of each training."""
        return self.config.epochs or 1


def read_recording(path: Path) -> Recording:
    """Read what a study file asks to be recorded.

    The numbers of the configurations are those of a search with the first seed, so that
    a replay with it is that search.

    Raises
    ------
    RequestError
        If the file is no such study.
    """
    _check_text(path)
    values = read_config_file(path, "study")
    _check_entries(values)
    has_grid = GRID in values
    grid = values.pop(GRID, None)
    study = _study_without_grid(path, values) if has_grid else load_study(path)
    for axis in study.grid:
        if axis not in AXES:
            raise RequestError(
                f"A recording varies {' and '.join(AXES)}, not '{axis}'; put it under settings."
            )
    configs = [cell.config for cell in expand(study)]
    precisions = tuple(dict.fromkeys(config.precision for config in configs))
    seeds = tuple(dict.fromkeys(config.seed for config in configs))
    first = configs[0]
    workload = load_workload(first.workload, first.workload_options)
    space = workload.space()
    if has_grid:
        configurations = _grid(grid, space)
    else:
        trials = first.trials or workload.default_trials
        configurations = sample_configurations(space, trials, seeds[0])
    if len({config_key(config) for config in configurations}) < len(configurations):
        raise RequestError("A configuration would be recorded twice; ask for fewer of them.")
    config = first.model_copy(update={"epochs": first.epochs or workload.max_epochs})
    return Recording(config, precisions, seeds, tuple(configurations))


def _check_text(path: Path) -> None:
    try:
        held = path.read_bytes()
    except OSError:
        # Whoever reads it says why it cannot.
        return
    if held.startswith(_PARQUET):
        raise RequestError(
            f"'{path}' is a Parquet file, as tables of trainings are; record takes a study (YAML) "
            "or directories of runs, and writes the table that --out names."
        )
    try:
        held.decode()
    except UnicodeDecodeError:
        raise RequestError(
            f"'{path}' holds no text; record takes a study (YAML) or directories of runs."
        ) from None


def _check_entries(values: Mapping[str, Any]) -> None:
    known = {*Study.model_fields, "config", GRID}
    for name in values:
        if name not in known:
            raise unknown_name("study entry", str(name), known)


def _study_without_grid(path: Path, values: dict[str, Any]) -> Study:
    if "config" in values:
        raise RequestError("A study with a grid of configurations has its settings in the file.")
    axes = values.get("grid") or {"seed": [0]}
    try:
        study = Study.model_validate({"name": path.stem, **values, "grid": axes})
    except ValidationError as error:
        raise RequestError(f"Study '{path}': {describe_validation(error)}") from None
    for axis, own in study.grid.items():
        if not own:
            raise RequestError(f"Study '{path}': axis '{axis}' has no values.")
    validate_config(study.settings)
    return study


def _grid(grid: Any, space: Any) -> list[dict[str, Any]]:
    if not isinstance(grid, Mapping) or not all(
        isinstance(values, list) and values for values in grid.values()
    ):
        raise RequestError(f"'{GRID}' wants hyperparameters with lists of values.")
    for name in grid:
        if name not in space:
            raise unknown_name("hyperparameter", str(name), list(space))
    default = dict(space.get_default_configuration())
    found = []
    for values in itertools.product(*grid.values()):
        config = {**default, **dict(zip(grid, values, strict=True))}
        try:
            config = own_configuration(space, config)
            wrong = illegality(space, config)
        except ValueError as error:
            wrong = str(error)
        if wrong is not None:
            raise RequestError(f"The grid has a configuration that the space does not: {wrong}.")
        found.append(config)
    return found
