"""The order in which the cells of a study run: randomised complete blocks.

All cells of one seed run before those of the next, in an order that is drawn anew for each
seed, so that a machine that drifts does not look like a precision or an engine (Fisher, The
Design of Experiments, 1935).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from harness.study.grid import Cell

SEEDS = ("seed", "search_seed", "split_seed", "training_seed")
"""The settings that make a block."""


def block_of(cell: Cell) -> tuple[int, ...]:
    """Return the seeds of a cell, those of its single draws after the one for all."""
    config = cell.config
    return (
        config.seed,
        config.seed_for("search"),
        config.seed_for("split"),
        config.seed_for("training"),
    )


def blocks_of(cells: Iterable[Cell], study: str) -> list[list[Cell]]:
    """Return cells block by block, the smallest seeds first.

    Parameters
    ----------
    cells
        The cells.
    study
        The study's name, which alone determines the order within a block.
    """
    blocks: dict[tuple[int, ...], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.number):
        blocks.setdefault(block_of(cell), []).append(cell)
    for own in blocks.values():
        # A cell's name holds its seeds, so each block has an order of its own.
        own.sort(key=lambda cell: _drawn(study, cell))
    return [blocks[seeds] for seeds in sorted(blocks)]


def in_blocks(cells: Sequence[Cell], study: str) -> list[Cell]:
    """Return cells in the order in which they run."""
    return [cell for block in blocks_of(cells, study) for cell in block]


def _drawn(study: str, cell: Cell) -> float:
    return random.Random(f"{study} {cell.name}").random()
