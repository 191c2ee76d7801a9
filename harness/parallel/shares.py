"""Equal shares of a batch."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checkpoints.nested_tensors import Nested, mapped, samples_in

Batch = tuple[Nested, Nested]
"""Inputs and targets: tensors [B, ...], or tuples, lists or mappings of these."""


@dataclass(frozen=True)
class Share:
    """One rank's part of a batch.

    Attributes
    ----------
    batch
        The part; never empty.
    samples
        How many samples it stands for; 0 where a batch has fewer samples than
        there are ranks and this rank trains on a stand-in.
    weight
        The mean over ranks of weight times mean loss is the batch's mean loss.
    """

    batch: Batch
    samples: int
    weight: float


def share_of_batch(batch: Batch, rank: int, ranks: int) -> Share:
    """Return one rank's share of a batch.

    Every rank prepares the whole batch from the same random state, so the shares
    of all ranks are exactly the batch that one rank alone would train on.
    """
    inputs, targets = batch
    whole = samples_in(inputs)
    own = mapped((inputs, targets), lambda tensor: tensor.tensor_split(ranks)[rank])
    samples = samples_in(own)
    if samples == 0:
        return Share(mapped((inputs, targets), lambda tensor: tensor[:1]), 0, 0.0)
    return Share(own, samples, samples * ranks / whole)
