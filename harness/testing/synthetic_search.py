"""A search that is only reckoned: plausible records of any size, without training.

Times and values follow closed formulas, so that a test knows what a report
must find in them: automatic mixed precision divides the training time by
`AMP_SPEED_UP` and leaves validation, checkpoints and overheads as they are.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from harness.rules.halving import continues_beyond_rung, rung_epochs

AMP_SPEED_UP = 1.5
"""What a training step gains; a whole search gains less."""

_STARTUP_S = {"ray": 4.0, "deephyper": 2.0, "propulate": 1.0}
_PER_TRIAL_S = {"ray": 0.6, "deephyper": 0.3, "propulate": 0.2}


@dataclass(frozen=True)
class SyntheticRun:
    """A search to reckon.

    Attributes
    ----------
    backend, algo, workload, precision, seed, workers, trials, epochs, checkpoint_interval
        As in a run's configuration.
    metric, mode
        What it is judged by.
    epoch_s
        Seconds that an epoch trains, about.
    parameters
        Trainable parameters of its models.
    cpu
        The processor it says it ran on.
    arithmetic
        How it says it computed in its precision's format.
    training_seed
        As in a run's configuration.
    test_samples
        Of how many samples its test metric is a mean.
    gpus
        GPUs that it says it held; None leaves out what it held.
    evaluation_shift
        By how much the test metric is larger where it is evaluated in FP32.
    """

    backend: str = "ray"
    algo: str = "rand"
    workload: str = "digits"
    precision: str = "fp32"
    seed: int = 0
    workers: int = 2
    trials: int = 8
    epochs: int = 9
    checkpoint_interval: int = 1
    metric: str = "accuracy"
    mode: Literal["min", "max"] = "max"
    epoch_s: float = 2.0
    parameters: int = 200_000
    cpu: str = "synthetic processor"
    arithmetic: Literal["native", "emulated"] = "native"
    training_seed: int | None = None
    test_samples: int | None = None
    evaluation_shift: float = 0.0
    gpus: int | None = None

    @property
    def population(self) -> bool:
        """Whether the algorithm evolves one population."""
        return self.algo in {"pbt", "pb2"}


@dataclass
class _Slot:
    number: int
    clock: float = 0.0
    spans: list[dict[str, Any]] = field(default_factory=list)

    def book(self, kind: str, seconds: float, trial_id: str | None = None) -> None:
        if seconds > 0:
            start, self.clock = self.clock, self.clock + seconds
            self.spans.append(
                {
                    "worker": self.number,
                    "trial_id": trial_id,
                    "kind": kind,
                    "start_s": start,
                    "end_s": self.clock,
                }
            )


@dataclass
class _Trial:
    trial_id: str
    number: int
    config: dict[str, float]
    slot: int
    start_s: float
    member: int | None = None
    parent_trial_id: str | None = None
    parent_epoch: int | None = None
    status: str = "completed"
    reason: str | None = None
    end_s: float = 0.0
    epochs: int = 0
    origin: str = "random"
    told: int = 0


class SyntheticSearch:
    """Reckons a search.

    Attributes
    ----------
    trial_rows, epoch_rows, span_rows
        Rows of the tables of `harness.records.schema`, without the run's name.
    runtime_s
        The length of the search.
    """

    def __init__(self, run: SyntheticRun) -> None:
        self._run = run
        self._slots = [_Slot(number) for number in range(run.workers)]
        self._random = np.random.default_rng([run.seed, 1])
        self._trials: list[_Trial] = []
        self._rungs: dict[int, list[float]] = {}
        if run.algo in {"asha", "bohb", "cbo-asha"}:
            self._rungs = {epoch: [] for epoch in rung_epochs(1, 4, run.epochs)}
        self.epoch_rows: list[dict[str, Any]] = []
        for slot in self._slots:
            slot.book("startup", _STARTUP_S.get(run.backend, 1.0) * run.epoch_s / 4)
        if run.population:
            self._evolve()
        else:
            self._sample()
        self.runtime_s = max(slot.clock for slot in self._slots)
        for slot in self._slots:
            slot.book("idle", self.runtime_s - slot.clock)

    @property
    def span_rows(self) -> list[dict[str, Any]]:
        """The spans of every slot."""
        return [span for slot in self._slots for span in slot.spans]

    @property
    def trial_rows(self) -> list[dict[str, Any]]:
        """One row a trial."""
        values = {(row["trial_id"], row["epoch"]): row["value"] for row in self.epoch_rows}
        return [
            {
                **{k: v for k, v in vars(trial).items() if k not in {"config", "slot"}},
                "config": json.dumps(trial.config),
                "worker": trial.slot,
                "last_value": values.get(
                    (trial.trial_id, (trial.parent_epoch or 0) + trial.epochs)
                ),
                "parameters": self._run.parameters,
            }
            for trial in self._trials
        ]

    def _sample(self) -> None:
        for number in range(self._run.trials):
            slot = min(self._slots, key=lambda slot: slot.clock)
            trial = self._start(slot, number, self._draw())
            for epoch in range(1, self._run.epochs + 1):
                value = self._train(trial, slot, epoch)
                if epoch in self._rungs and not self._goes_on(value, epoch):
                    trial.status, trial.reason = "stopped", "rung"
                    break
            trial.end_s = slot.clock

    def _goes_on(self, value: float, epoch: int) -> bool:
        recorded = self._rungs[epoch]
        goes_on = continues_beyond_rung(value, recorded, 4, self._run.mode)
        recorded.append(value)
        return goes_on

    def _evolve(self) -> None:
        run = self._run
        members = [
            self._start(self._slot_of(number), number, self._draw(), member=number)
            for number in range(run.trials)
        ]
        for trial in members:
            trial.origin = "design"
        for first in range(1, run.epochs + 1, run.checkpoint_interval):
            last = min(first + run.checkpoint_interval - 1, run.epochs)
            values = []
            for trial in members:
                slot = self._slot_of(trial.member or 0)
                value = math.nan
                for epoch in range(first, last + 1):
                    value = self._train(trial, slot, epoch)
                values.append(value)
            if last < run.epochs:
                members = self._exploit(members, values, last)
        for trial in members:
            trial.end_s = self._slots[trial.slot].clock

    def _exploit(self, members: list[_Trial], values: list[float], epoch: int) -> list[_Trial]:
        sign = 1 if self._run.mode == "max" else -1
        order = np.argsort(np.array(values) * sign)
        replaced = max(1, len(members) // 4)
        following = list(members)
        for loser, winner in zip(order[:replaced], order[-replaced:], strict=True):
            old, parent = members[loser], members[winner]
            slot = self._slot_of(old.member or 0)
            old.status, old.reason, old.end_s = "stopped", "exploited", slot.clock
            factor = float(self._random.choice([0.8, 1.2]))
            config = {**parent.config, "lr": min(1.0, parent.config["lr"] * factor)}
            slot.book("checkpoint_load", 0.05 * self._run.epoch_s)
            child = self._start(slot, parent.number, config, member=old.member)
            child.parent_trial_id, child.parent_epoch = parent.trial_id, epoch
            child.origin, child.told = "exploit", len(members)
            following[loser] = child
        return following

    def _slot_of(self, member: int) -> _Slot:
        return self._slots[member % len(self._slots)]

    def _draw(self) -> dict[str, float]:
        return {
            "lr": float(10 ** self._random.uniform(-4, 0)),
            "weight_decay": float(self._random.uniform(0, 0.1)),
        }

    def _start(
        self, slot: _Slot, number: int, config: dict[str, float], member: int | None = None
    ) -> _Trial:
        trial_id = f"t{len(self._trials):05d}"
        slot.book("idle", _PER_TRIAL_S.get(self._run.backend, 0.5) * self._run.epoch_s / 4)
        trial = _Trial(trial_id, number, config, slot.number, slot.clock, member)
        slot.book("setup", 0.05 * self._run.epoch_s, trial_id)
        self._trials.append(trial)
        return trial

    def _train(self, trial: _Trial, slot: _Slot, epoch: int) -> float:
        run = self._run
        fast = run.precision.startswith("amp")
        pace = 0.8 + 0.4 * ((trial.number * 37) % 11) / 10
        jitter = 1 + 0.02 * math.sin(run.seed * 7 + trial.number + epoch)
        train_s = run.epoch_s * pace * jitter / (AMP_SPEED_UP if fast else 1.0)
        saves = epoch % run.checkpoint_interval == 0
        save_s = 0.2 * run.epoch_s if saves and run.population else 0.0
        value = self._value(trial, epoch, fast)
        slot.book("data_wait", 0.05 * run.epoch_s, trial.trial_id)
        slot.book("train", train_s, trial.trial_id)
        slot.book("validate", 0.1 * run.epoch_s, trial.trial_id)
        slot.book("checkpoint_save", save_s, trial.trial_id)
        trial.epochs += 1
        self.epoch_rows.append(
            {
                "trial_id": trial.trial_id,
                "epoch": epoch,
                "end_s": slot.clock,
                "train_s": train_s,
                "data_wait_s": 0.05 * run.epoch_s,
                "validate_s": 0.1 * run.epoch_s,
                "checkpoint_save_s": save_s,
                "checkpoint_load_s": 0.0,
                "train_loss": 1.0 / epoch,
                "value": value,
                "config": json.dumps(trial.config),
                "skipped_steps": 1 if fast and epoch == 1 else 0,
                "samples": 1437,
                "worker": slot.number,
            }
        )
        return value

    def _value(self, trial: _Trial, epoch: int, fast: bool) -> float:
        distance = abs(math.log10(trial.config["lr"]) + 2.0) / 2.0
        ceiling = 0.95 - 0.3 * distance - trial.config["weight_decay"]
        trained = self._run.seed if self._run.training_seed is None else self._run.training_seed
        noise = 0.01 * math.sin(trained * 31 + trial.number * 17 + (5 if fast else 0))
        level = max(0.05, ceiling + noise) * (1 - math.exp(-0.5 * epoch))
        return level if self._run.mode == "max" else 1.0 - level
