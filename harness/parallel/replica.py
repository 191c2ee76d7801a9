"""This process' replica of a model that one or several processes train."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from harness.checkpoints.nested_tensors import Nested, samples_in
from harness.parallel.batch_norm import synchronise_batch_norms
from harness.parallel.group import TrialGroup
from harness.parallel.shares import Batch, Share, share_of_batch

_signature = inspect.signature(DistributedDataParallel).parameters
_BUFFERS_STAY: dict[str, Any] = {
    # PyTorch before 2.13 or so has only the older name, which is deprecated since.
    "forward_sync_buffers" if "forward_sync_buffers" in _signature else "broadcast_buffers": False
}


class Replica:
    """A model, and how this process shares the work on it.

    Alone, it is the model itself. In a group, gradients are averaged over the
    ranks (PyTorch's DistributedDataParallel) and batch normalisation takes its
    statistics from all of them, so that K ranks train as one rank would on the
    whole batch, to rounding.

    Parameters
    ----------
    model
        The model, on its device, with the same weights on every rank.
    group
        The ranks; None for one alone.
    """

    def __init__(self, model: nn.Module, group: TrialGroup | None) -> None:
        self._group = group
        self.model = model
        self._trained: nn.Module = model
        if group is not None:
            self.model = synchronise_batch_norms(model, group.device)
            self._trained = DistributedDataParallel(self.model, **_BUFFERS_STAY)

    def forward(self, inputs: Nested) -> Any:
        """Return the outputs, in a way that averages gradients over the ranks."""
        return called(self._trained, inputs)

    def accumulating(self, last: bool) -> AbstractContextManager[Any]:
        """Return the context of one of several backward passes to a step.

        The ranks' gradients are averaged in the last one.
        """
        if last or not isinstance(self._trained, DistributedDataParallel):
            return nullcontext()
        return self._trained.no_sync()

    def share(self, batch: Batch) -> Share:
        """Return this rank's share of a training batch."""
        if self._group is None:
            return Share(batch, samples_in(batch[0]), 1.0)
        return share_of_batch(batch, self._group.rank, self._group.ranks)

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum of `values` over the ranks."""
        return values if self._group is None else self._group.sum(values)

    def gather(self, value: Any) -> list[Any]:
        """Return the `value` of every rank, by rank."""
        return [value] if self._group is None else self._group.gather(value)


def called(model: nn.Module, inputs: Nested) -> Any:
    """Return what a model gives: a tuple or a list are its arguments, a mapping its keywords."""
    if isinstance(inputs, Mapping):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, (list, tuple)) else model(inputs)
