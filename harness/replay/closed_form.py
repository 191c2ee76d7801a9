"""Trainings in closed form: their values are computed, and their seconds are given.

No table holds a training whose weights come from another and whose hyperparameters
change on the way. A workload that computes its learning curve does.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from harness.errors import RequestError
from harness.replay.curve import Curve, CurveSource, config_key
from harness.replay.table import About
from harness.space import describe_space, sample_configurations
from harness.trials.objective import trial_seed
from harness.workload import BuildContext, Configuration, EpochResult, Training, Workload

if TYPE_CHECKING:
    from harness.trial import Trial


class ClosedFormTimes(BaseModel):
    """What a training in closed form takes; all of it is in the record."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    epoch_s: float = Field(default=1.0, gt=0, description="Median seconds of an epoch's training.")
    spread: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="How far configurations are apart: the standard deviation of the logarithm of "
        "their seconds.",
    )
    validate_s: float = Field(default=0.0, ge=0, description="Seconds of a validation.")
    setup_s: float = Field(default=0.0, ge=0, description="Seconds to build a training.")
    state_bytes: int = Field(
        default=0, ge=0, description="Bytes of a state; costs.bandwidth makes seconds of them."
    )


@dataclass(frozen=True)
class ClosedForm:
    """A workload whose trainings are computed in next to no time.

    Attributes
    ----------
    name, workload
        What is searched.
    epochs
        The length of a training.
    times
        What it takes.
    precision
        What the record says; the values are the same in each.
    ranks
        The ranks of a trial that the times are for.
    """

    name: str
    workload: Workload
    epochs: int
    times: ClosedFormTimes = field(default_factory=ClosedFormTimes)
    precision: str = "fp32"
    ranks: int = 1

    @property
    def about(self) -> About:
        """What a table of it would say of itself."""
        metric = self.workload.metric
        return About(
            workload=self.name,
            workload_options=self.workload.options.model_dump(mode="json"),
            metric=metric.name,
            mode=metric.mode,
            epochs=self.epochs,
            space=describe_space(self.workload.space()),
        )

    @property
    def epoch_s(self) -> float:
        """The median seconds of an epoch."""
        return self.times.epoch_s + self.times.validate_s

    @property
    def has_state_sizes(self) -> bool:
        """Whether it says how large a state is."""
        return self.times.state_bytes > 0


def check_closed_form(form: ClosedForm) -> None:
    """Train an epoch of a workload without data, as a replay will.

    Raises
    ------
    RequestError
        If it does not compute its learning curve.
    """
    config = sample_configurations(form.workload.space(), 1, 0)[0]
    try:
        training = form.workload.build(config, _context(1))
        training.train_epoch()
        value = float(training.validate())
    except Exception as error:
        # Whatever a workload raises for want of data.
        told = " ".join(str(error).split()) or type(error).__name__
        raise RequestError(
            f"'{form.name}' is no workload in closed form: it does not train without data "
            f"({told}). Record a table of it: harness record."
        ) from None
    if not math.isfinite(value):
        raise RequestError(f"'{form.name}' gives no value after an epoch: {value}.")


class ClosedFormSource(CurveSource):
    """The trainings of one search in closed form.

    Parameters
    ----------
    form
        The workload and its times.
    """

    def __init__(self, form: ClosedForm) -> None:
        self._form = form
        self._tested: dict[tuple[str, int], float] = {}
        self._context = _context(form.epochs)

    def curve(self, config: Mapping[str, Any], number: int, seed: int) -> Curve:
        """Return the seconds of a training; its values are computed on the way."""
        form, times = self._form, self._form.times
        # What changes in mid-training does not make it faster.
        fixed = {name: config[name] for name in config if name not in form.workload.mutable}
        place = zlib.crc32(config_key(fixed).encode())
        deviation = float(np.random.default_rng(place).standard_normal())
        unknown, nothing = (float("nan"),) * form.epochs, (0.0,) * form.epochs
        return Curve(
            values=unknown,
            test_values=unknown,
            train_losses=nothing,
            train_s=(times.epoch_s * float(np.exp(times.spread * deviation)),) * form.epochs,
            validate_s=(times.validate_s,) * form.epochs,
            data_wait_s=nothing,
            setup_s=times.setup_s,
            state_bytes=times.state_bytes,
        )

    def taught(self, looked_up: Training, trial: Trial, seed: int) -> Training:
        """Return a training that takes the looked-up seconds and computes its values."""
        own = self._form.workload.build(
            trial.config,
            dataclasses.replace(self._context, seed=trial_seed(seed, trial.number)),
        )
        return ComputedTraining(looked_up, own, self._tested, trial.trial_id)

    def test_value(
        self, trial_id: str, config: Mapping[str, Any], number: int, seed: int, epoch: int
    ) -> float:
        """Return the test value that a trial had after an epoch."""
        return self._tested[(trial_id, epoch)]


def _context(epochs: int) -> BuildContext:
    import torch

    from harness.machine.hardware import detect_hardware
    from harness.precision import resolve_precision

    precision = resolve_precision("fp32", "cpu", detect_hardware())
    return BuildContext(precision, torch.device("cpu"), 0, epochs)


class ComputedTraining(Training):
    """A training whose seconds are looked up and whose values are computed.

    Parameters
    ----------
    looked_up
        Its seconds.
    own
        Its values.
    tested
        Where its test values are noted, by trial and epoch.
    trial_id
        The trial.
    """

    def __init__(
        self,
        looked_up: Training,
        own: Training,
        tested: dict[tuple[str, int], float],
        trial_id: str,
    ) -> None:
        self._looked_up = looked_up
        self._own = own
        self._tested = tested
        self._trial_id = trial_id
        self._epoch = 0

    def train_epoch(self) -> EpochResult:
        """Let an epoch's time pass, and compute what it does."""
        passed, result = self._looked_up.train_epoch(), self._own.train_epoch()
        self._epoch += 1
        return dataclasses.replace(result, data_wait_s=passed.data_wait_s)

    def validate(self) -> float:
        """Return the value after the epoch."""
        self._looked_up.validate()
        self._tested[(self._trial_id, self._epoch)] = float(self._own.test())
        return self._own.validate()

    def test(self) -> float:
        """Return the test value after the epoch."""
        return self._own.test()

    def state_dict(self) -> dict[str, Any]:
        """Return the state, after the time it takes to write."""
        return {
            "looked_up": self._looked_up.state_dict(),
            "own": copy.deepcopy(self._own.state_dict()),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, after the time it takes to read."""
        self._looked_up.load_state_dict(state["looked_up"])
        self._epoch = int(state["looked_up"]["epoch"])
        self._own.load_state_dict(copy.deepcopy(state["own"]))

    def set_hyperparameters(self, config: Configuration) -> None:
        """Go on with other values of what may change."""
        self._own.set_hyperparameters(config)

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        return self._own.parameters
