"""Batches of tensors that stay in the device's memory."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from harness.checkpoints.nested_tensors import Nested, mapped, samples_in
from harness.parallel.shares import Batch


class TensorBatches:
    """Batches of one epoch: in a new order each time with a generator, in order without.

    Parameters
    ----------
    inputs
        A tensor [N, ...], or a tuple, list or mapping of such: several inputs of a model.
    targets
        The same for what is to be predicted.
    batch_size
        Samples in a batch; the last one may have fewer.
    generator
        Draws the order on the CPU, so that it is the same on every device.
    """

    def __init__(
        self,
        inputs: Nested,
        targets: Nested,
        batch_size: int,
        generator: torch.Generator | None = None,
    ) -> None:
        self._data: Batch = (inputs, targets)
        self._batch_size = batch_size
        self._generator = generator
        self._samples = samples_in(inputs)

    def __len__(self) -> int:
        """Return the number of batches."""
        return math.ceil(self._samples / self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        if self._generator is None:
            order = torch.arange(self._samples)
        else:
            order = torch.randperm(self._samples, generator=self._generator)
        for start in range(0, self._samples, self._batch_size):
            yield self._rows(order[start : start + self._batch_size])

    def _rows(self, chosen: Tensor) -> Batch:
        rows: Batch = mapped(self._data, lambda tensor: tensor[chosen.to(tensor.device)])
        return rows
