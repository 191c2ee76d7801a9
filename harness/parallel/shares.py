"""Equal shares of a batch."""

from __future__ import annotations

from torch import Tensor

Batch = tuple[Tensor, Tensor]
"""Inputs [B, ...] and targets [B, ...]."""


def share_of_batch(batch: Batch, rank: int, ranks: int) -> tuple[Batch, float]:
    """Return one rank's share of a batch, and the weight of its mean loss.

    Every rank prepares the whole batch from the same random state, so the shares
    of all ranks are exactly the batch that one rank alone would train on.

    Parameters
    ----------
    batch
        The trial's batch.
    rank, ranks
        Whose share, of how many.

    Returns
    -------
    tuple
        The share, and its weight: the mean over ranks of weight times mean loss
        is the batch's mean loss. A batch with fewer samples than ranks goes
        whole to every rank.
    """
    inputs, targets = batch
    samples = len(inputs)
    if samples < ranks:
        return batch, 1.0
    own_inputs = inputs.tensor_split(ranks)[rank]
    own_targets = targets.tensor_split(ranks)[rank]
    return (own_inputs, own_targets), len(own_inputs) * ranks / samples
