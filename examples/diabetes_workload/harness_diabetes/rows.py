"""The rows of the table: how they are split, scaled and put into batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TEST_ROWS = 88
"""How many rows, the last ones in the data set's own order, are the test set."""

TRAINING_SHARE = 0.8
"""The share of the other rows that are trained on; the rest validate."""


@dataclass(frozen=True)
class Rows:
    """Features [N, 10] and targets [N, 1], float32."""

    features: Tensor
    targets: Tensor

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return the chosen rows."""
        return self.features[chosen], self.targets[chosen]


@dataclass(frozen=True)
class Parts:
    """The three parts of the data, in units of the training part."""

    train: Rows
    validation: Rows
    test: Rows


def split_rows(
    features: NDArray[np.float64], targets: NDArray[np.float64], split_seed: int
) -> Parts:
    """Split the rows, and scale all of them by mean and deviation of the training part.

    Parameters
    ----------
    features, targets
        Arrays [N, 10] and [N].
    split_seed
        Determines which rows are trained on. The test rows are always the same.
    """
    values = np.column_stack([features, targets]).astype(np.float32)
    order = np.random.default_rng(split_seed).permutation(len(values) - TEST_ROWS)
    last = round(TRAINING_SHARE * len(order))
    train, validation = values[order[:last]], values[order[last:]]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scaled = (
        torch.from_numpy((part - mean) / deviation)
        for part in (train, validation, values[-TEST_ROWS:])
    )
    return Parts(*(Rows(part[:, :-1], part[:, -1:]) for part in scaled))


class RowBatches:
    """Batches of one epoch: in a new order each time with a generator, in order without.

    Parameters
    ----------
    rows
        The rows.
    batch_size
        Rows of a batch; the last may have fewer.
    generator
        Where the order comes from.
    """

    def __init__(
        self, rows: Rows, batch_size: int, generator: torch.Generator | None = None
    ) -> None:
        self._rows = rows
        self._batch_size = batch_size
        self._generator = generator

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-len(self._rows.targets) // self._batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch."""
        count = len(self._rows.targets)
        order = (
            torch.arange(count)
            if self._generator is None
            else torch.randperm(count, generator=self._generator)
        )
        yield from map(self._rows.batch, torch.split(order, self._batch_size))
