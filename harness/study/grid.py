"""The cells of a study: one run for each combination of the axes' values."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.config import RunConfig, validate_config
from harness.errors import RequestError
from harness.study.definition import Condition, Study
from harness.study.settings import lay_over, spread

MOST_CELLS = 10_000
"""More combinations than this are taken for a mistake."""

_NAMED = ("workload", "backend", "algo", "precision", "seed")


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Attributes
    ----------
    number
        Its place in the study, from 0.
    name
        Names its run directory.
    coordinates
        Axis to value.
    settings
        Every setting that the study gives it, nested.
    config
        The run's configuration, validated.
    """

    number: int
    name: str
    coordinates: Mapping[str, Any]
    settings: dict[str, Any]
    config: RunConfig


def expand(study: Study, allow_many: bool = False) -> list[Cell]:
    """Return the cells of a study, the last axis changing fastest.

    Parameters
    ----------
    study
        The study.
    allow_many
        Whether more than `MOST_CELLS` combinations are meant.

    Raises
    ------
    RequestError
        If there are none, too many, or one is not a valid run.
    """
    combinations = math.prod(len(values) for values in study.grid.values())
    if combinations > MOST_CELLS and not allow_many:
        raise RequestError(
            f"Study '{study.name}' spans {combinations:,} combinations, more than "
            f"{MOST_CELLS:,}. If that is meant, say --yes."
        )
    cells = [_cell(study, number, coordinates) for number, coordinates in enumerate(_kept(study))]
    if not cells:
        raise RequestError(f"Study '{study.name}' has no cells: every combination is excluded.")
    name, count = Counter(cell.name for cell in cells).most_common(1)[0]
    if count > 1:
        raise RequestError(
            f"Study '{study.name}' has {count} cells called '{name}'; values of an axis must "
            "differ in letters and digits."
        )
    return cells


def _kept(study: Study) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*study.grid.values()):
        coordinates = dict(zip(study.grid, values, strict=True))
        if not any(_matches(coordinates, condition) for condition in study.exclude):
            yield coordinates


def _matches(coordinates: Mapping[str, Any], condition: Condition) -> bool:
    return all(coordinates[axis] in values for axis, values in condition.items())


def _cell(study: Study, number: int, coordinates: dict[str, Any]) -> Cell:
    settings: dict[str, Any] = dict(study.settings)
    for override in study.overrides:
        if _matches(coordinates, override.when):
            settings = lay_over(settings, override.settings)
    settings = lay_over(settings, spread(coordinates))
    try:
        config = validate_config(settings)
    except RequestError as error:
        raise RequestError(f"Study '{study.name}', cell {number}: {error}") from None
    return Cell(number, _name(config, coordinates), coordinates, settings, config)


def _name(config: RunConfig, coordinates: Mapping[str, Any]) -> str:
    others = [
        f"{axis.rpartition('.')[2]}_{_text(value)}"
        for axis, value in coordinates.items()
        if axis not in _NAMED
    ]
    named = [_text(getattr(config, axis)) for axis in _NAMED[:-1]]
    return "-".join([*named, *others, f"seed{config.seed}"])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    # Of a plugin's import path the class is enough.
    return re.sub(r"[^A-Za-z0-9.+_]+", "-", text.rpartition(":")[2])
