"""Two levels of one factor compared: the same searches and seeds, all else alike."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Row = Mapping[Hashable, Any]
"""A row of a collection's table."""

Measure = Callable[[Row, Row], float]
"""Compares two runs: a logarithm of a ratio or a difference, NaN where there is none."""

ALIKE_EPOCHS = 0.01
"""Searches whose epochs differ by a larger fraction did unequal work."""


@dataclass(frozen=True)
class Paired:
    """What each seed says about two levels of a factor.

    Attributes
    ----------
    values
        One number a block, the mean over `cells`.
    blocks
        The blocks, by name.
    cells
        The searches that are compared; every block has each of them on both levels.
    runs
        Of the runs that are compared, by their index.
    epochs
        What the runs of the first and of the second level trained in all.
    unequal
        Whether two that are compared trained different numbers of epochs.
    """

    values: NDArray[Any]
    blocks: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    runs: frozenset[int]
    epochs: tuple[int, int]
    unequal: bool


def pair_levels(
    table: pd.DataFrame,
    factor: str,
    levels: tuple[str, str],
    cell: Sequence[str],
    measure: Measure,
) -> Paired | None:
    """Compare two levels of a factor, block by block.

    A block counts with the mean over its cells, so that a search which several cells
    repeat bit by bit makes no question surer. Where not all blocks have all cells, those
    cells and blocks are taken that hold the most values together.

    Parameters
    ----------
    table
        Rows of a collection's table.
    factor, levels
        The column, and the two values that are compared.
    cell
        The columns in which two runs must be alike, beside the block.
    measure
        Compares two runs.

    Returns
    -------
    Paired or None
        None without a block that has both.
    """
    first, second = (_by_cell(table[table[factor] == level], cell) for level in levels)
    values: dict[tuple[str, ...], dict[str, float]] = {}
    pairs: dict[tuple[tuple[str, ...], str], list[tuple[Row, Row]]] = {}
    for key in first:
        if key not in second:
            continue
        name, block = key
        own = list(itertools.product(first[key], second[key]))
        found = [value for one, other in own if math.isfinite(value := measure(one, other))]
        if found:
            values.setdefault(name, {})[block] = float(np.mean(found))
            pairs[key] = own
    chosen = _balanced(values)
    if chosen is None:
        return None
    cells, blocks = chosen
    used = [pair for name in cells for block in blocks for pair in pairs[name, block]]
    return Paired(
        values=np.array([np.mean([values[name][block] for name in cells]) for block in blocks]),
        blocks=tuple(blocks),
        cells=tuple(cells),
        runs=frozenset(int(row["run"]) for pair in used for row in pair),
        epochs=(_epochs(one for one, _other in used), _epochs(other for _one, other in used)),
        unequal=any(_differ(int(one["epochs"]), int(other["epochs"])) for one, other in used),
    )


def _by_cell(
    table: pd.DataFrame, cell: Sequence[str]
) -> dict[tuple[tuple[str, ...], str], list[Row]]:
    found: dict[tuple[tuple[str, ...], str], list[Row]] = {}
    for row in table.to_dict("records"):
        name = tuple(str(row[column]) for column in cell)
        found.setdefault((name, str(row["block"])), []).append(row)
    return found


def _balanced(
    values: Mapping[tuple[str, ...], Mapping[str, float]],
) -> tuple[list[tuple[str, ...]], list[str]] | None:
    best: tuple[list[tuple[str, ...]], list[str]] | None = None
    for least in sorted({len(blocks) for blocks in values.values()}):
        cells = [name for name, blocks in values.items() if len(blocks) >= least]
        shared = [
            block for block in values[cells[0]] if all(block in values[name] for name in cells)
        ]
        if shared and (best is None or len(cells) * len(shared) >= len(best[0]) * len(best[1])):
            best = cells, shared
    return best


def _epochs(rows: Any) -> int:
    return sum({int(row["run"]): int(row["epochs"]) for row in rows}.values())


def _differ(one: int, other: int) -> bool:
    return abs(one - other) > ALIKE_EPOCHS * max(one, other)


def log_ratio(column: str) -> Measure:
    """Return what divides a cost of two runs; NaN where one is none or not above 0."""

    def measure(one: Row, other: Row) -> float:
        a, b = float(one[column]), float(other[column])
        return math.log(a / b) if 0 < a < math.inf and 0 < b < math.inf else math.nan

    return measure


def difference(column: str) -> Measure:
    """Return what subtracts a value of two runs."""
    return lambda one, other: float(one[column]) - float(other[column])
