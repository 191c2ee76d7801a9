"""What is to be recorded: configurations, precisions and seeds, read from a study file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import RunConfig, read_config_file, validate_config
from harness.errors import RequestError, unknown_name
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
    values = read_config_file(path, "study")
    grid = values.pop(GRID, None)
    study = load_study(path) if grid is None else _study_without_grid(path, values)
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
    if grid is not None:
        configurations = _grid(grid, space)
    else:
        trials = first.trials or workload.default_trials
        configurations = sample_configurations(space, trials, seeds[0])
    if len({config_key(config) for config in configurations}) < len(configurations):
        raise RequestError("A configuration would be recorded twice; ask for fewer of them.")
    config = first.model_copy(update={"epochs": first.epochs or workload.max_epochs})
    return Recording(config, precisions, seeds, tuple(configurations))


def _study_without_grid(path: Path, values: dict[str, Any]) -> Study:
    if "config" in values:
        raise RequestError("A study with a grid of configurations has its settings in the file.")
    axes = values.get("grid") or {"seed": [0]}
    study = Study.model_validate({"name": path.stem, **values, "grid": axes})
    validate_config(study.settings)
    return study


def _grid(grid: Any, space: Any) -> list[dict[str, Any]]:
    if not isinstance(grid, Mapping) or not all(isinstance(v, list) for v in grid.values()):
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
