"""What a training loop counts beside the loss, without making the device wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import torch

from harness.parallel.shares import Batch


class TimedBatches:
    """Iterates over batches and sums up the seconds spent waiting for them.

    Attributes
    ----------
    wait_s
        The seconds waited so far.
    """

    def __init__(self, source: Iterable[Batch]) -> None:
        self._source = source
        self.wait_s = 0.0

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        asked = time.perf_counter()
        for batch in self._source:
            self.wait_s += time.perf_counter() - asked
            yield batch
            asked = time.perf_counter()


class SkippedSteps:
    """Counts the optimizer steps a gradient scaler skipped.

    The scaler lowers its scale exactly where it skips a step.
    """

    def __init__(self, scaler: torch.amp.GradScaler, device: torch.device) -> None:
        self._scaler = scaler
        self._one = torch.ones((), device=device)
        self._skipped = torch.zeros((), dtype=torch.int64, device=device)
        self._scale = scaler.scale(self._one)

    def count(self) -> None:
        """Count the step that was just made, if it was skipped."""
        if self._scaler.is_enabled():
            scale = self._scaler.scale(self._one)
            self._skipped += scale < self._scale
            self._scale = scale

    def total(self) -> int:
        """Return the number of skipped steps."""
        return int(self._skipped.item())
