"""Metrics of a whole data set, which are no sums over its samples: AUC, F1, a rank correlation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.checkpoints.nested_tensors import Nested, joined, mapped

Predictions = tuple[Nested, Nested]
"""Outputs and targets of the same samples."""


@dataclass(frozen=True)
class WholeSetMetric:
    """A metric that needs all predictions at once.

    Attributes
    ----------
    compute
        Takes the float32 outputs and the targets of all samples, in their order and on the
        CPU, returns the metric. Every rank of a trial computes it from all ranks' predictions.
    """

    compute: Callable[[Nested, Nested], Any]


class GatheredPredictions:
    """Collects what this rank predicts, and puts it together with what the others did.

    Parameters
    ----------
    gather
        Returns every rank's value, by rank.
    """

    def __init__(self, gather: Callable[[Any], list[Any]]) -> None:
        self._gather = gather
        self._lengths: list[int] = []
        self._parts: list[Predictions] = []

    def add(self, outputs: Nested, targets: Nested, samples: int) -> None:
        """Add this rank's share of the next batch; `samples` is 0 where it has none."""
        self._lengths.append(samples)
        if samples:
            self._parts.append(mapped((outputs, targets), lambda tensor: tensor.detach().cpu()))

    def all(self) -> Predictions:
        """Return the predictions of all ranks in the order of the samples; collective."""
        own = joined(self._parts) if self._parts else None
        ranks = self._gather((self._lengths, own))
        if len(ranks) == 1:
            return own  # type: ignore[return-value]
        taken = [0] * len(ranks)
        parts = []
        for batch in range(len(self._lengths)):
            for rank, (lengths, predictions) in enumerate(ranks):
                begin, taken[rank] = taken[rank], taken[rank] + lengths[batch]
                if lengths[batch]:
                    parts.append(_rows(predictions, begin, taken[rank]))
        whole: Predictions = joined(parts)
        return whole


def _rows(predictions: Predictions, begin: int, end: int) -> Predictions:
    rows: Predictions = mapped(predictions, lambda tensor: tensor[begin:end])
    return rows
