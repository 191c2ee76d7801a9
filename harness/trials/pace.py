"""How long a training step takes here, told once, long before the first epoch is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.records.recorder import SlotRecorder

if TYPE_CHECKING:
    import torch

MEASURED_STEPS = 4
"""Steps that are measured after the first, which warms up."""

MEASURED_S = 5.0
"""Seconds after which fewer steps are enough."""


class Pace:
    """Measures the first steps of a process and has them recorded; then it does nothing.

    Parameters
    ----------
    device
        Where the process trains; a GPU is waited for when a step is timed.
    clock
        A clock in seconds that never goes back.
    """

    def __init__(
        self, device: torch.device, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._device = device
        self._clock = clock
        self._target: tuple[SlotRecorder, str] | None = None
        self._began = 0.0
        self._told = False

    def follow(self, slot: SlotRecorder, trial_id: str) -> None:
        """Measure the steps of this trial, if none were measured before."""
        self._target = None if self._told else (slot, trial_id)

    def step_done(self, done: int, steps: int) -> None:
        """Take note of a step.

        Parameters
        ----------
        done
            Steps of the epoch that are done.
        steps
            Steps of the epoch.
        """
        if self._target is None:
            return
        if done == 1:
            self._began = self._now()
        elif done > MEASURED_STEPS or self._clock() - self._began > MEASURED_S:
            slot, trial_id = self._target
            slot.pace(trial_id, (self._now() - self._began) / (done - 1), steps)
            self._told, self._target = True, None

    def _now(self) -> float:
        if self._device.type == "cuda":
            import torch

            torch.cuda.synchronize(self._device)
        return self._clock()
