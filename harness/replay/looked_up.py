"""A recorded training, epoch by epoch, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.records.recorder import SlotRecorder
from harness.replay.clock import SlotClock
from harness.replay.curve import Curve
from harness.replay.failures import Deaths
from harness.replay.stage import Stage
from harness.trial import Trial
from harness.workload import Configuration, EpochResult, Training


class LookedUpTraining(Training):
    """A training whose epochs are known: each takes its time and gives its value.

    Parameters
    ----------
    trial
        The trial.
    curve
        The training.
    stage
        The virtual machine.
    speed
        How many times faster than recorded an epoch is.
    deaths
        When the slot's worker dies.
    slot
        The slot's record.
    clock
        The slot's time.
    interval
        Epochs between two states.
    """

    def __init__(
        self,
        trial: Trial,
        curve: Curve,
        stage: Stage,
        speed: float,
        deaths: Deaths,
        slot: SlotRecorder,
        clock: SlotClock,
        interval: int,
    ) -> None:
        self._trial_id = trial.trial_id
        self._curve = curve
        self._clock = clock
        self._speed = speed
        self._costs = stage.costs
        self._deaths = deaths
        self._slot = slot
        self._interval = interval
        self._epoch = 0

    def train_epoch(self) -> EpochResult:
        """Let the next epoch's time pass."""
        curve, place = self._curve, self._epoch
        wait_s = curve.data_wait_s[place] / self._speed
        seconds = curve.train_s[place] / self._speed + wait_s
        again_s = self._seconds_since_state() + self._state_s()
        self._deaths.survive(seconds, again_s, self._thrown_back)
        self._epoch += 1
        if self._epoch == curve.failed_epoch:
            raise FloatingPointError("the training failed here when it was recorded")
        return EpochResult(curve.train_losses[place], curve.samples, data_wait_s=wait_s)

    def validate(self) -> float:
        """Return the value after the epoch."""
        self._clock.spend(self._curve.validate_s[self._epoch - 1] / self._speed)
        return self._curve.values[self._epoch - 1]

    def test(self) -> float:
        """Return the test value after the epoch."""
        return self._curve.test_values[self._epoch - 1]

    def state_dict(self) -> dict[str, Any]:
        """Return the epoch, which is all the state there is, after the time it takes to write."""
        self._clock.spend(self._state_s())
        return {"epoch": self._epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on after an epoch, after the time it takes to read the state."""
        self._clock.spend(self._state_s())
        self._epoch = int(state["epoch"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Refuse: no table holds a training whose hyperparameters change.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("a recorded training cannot go on with other hyperparameters")

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return self._curve.parameters

    def _seconds_since_state(self) -> float:
        first = self._epoch - self._epoch % self._interval
        curve, again = self._curve, slice(first, self._epoch)
        parts = (curve.train_s, curve.data_wait_s, curve.validate_s)
        return sum(sum(part[again]) for part in parts) / self._speed

    def _thrown_back(self, seconds: float) -> None:
        self._slot.ledger.enter("lost")
        self._clock.spend(seconds)
        # A record's reader books what was trained since the last epoch as lost.
        self._slot.trial_resumed(self._trial_id, self._epoch)
        self._slot.ledger.enter("train", self._trial_id)

    def _state_s(self) -> float:
        if self._costs.bandwidth is None:
            return self._curve.checkpoint_s
        return self._curve.state_bytes / self._costs.bandwidth
