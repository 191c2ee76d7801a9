"""What a process of a hand-written search trains with: the data, loaded once, and a record."""

from __future__ import annotations

import csv
import dataclasses
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.baseline.options import BaselineOptions
from benchmarks.scripted_cifar10 import ScriptedCifar10, ScriptedOptions
from harness.machine.hardware import detect_hardware, usable_cores
from harness.precision import resolve_precision
from harness.space import sample_configurations
from harness.trials.objective import trial_seed
from harness.workload import BuildContext, Training

COLUMNS = ("trial", "epoch", "time", "train_s", "validate_s", "train_loss", "value", "lr")


class Trainer:
    """Builds and trains the trials of one process, and records their epochs.

    Parameters
    ----------
    options
        The search.
    """

    def __init__(self, options: BaselineOptions) -> None:
        torch.set_num_threads(max(1, usable_cores() // options.workers))
        torch.set_flush_denormal(True)
        self._seed = options.seed
        self._workload = ScriptedCifar10(ScriptedOptions(**options.workload))
        device = torch.device(options.device)
        self._workload.load_data(options.data, options.seed, device)
        precision = resolve_precision(options.precision, device.type, detect_hardware())
        precision.apply_to_process()
        self._context = BuildContext(precision, device, options.seed, options.epochs)
        path = record_path(options.out, os.getpid())
        self._file = path.open("w", newline="")
        self._record = csv.writer(self._file)
        self._record.writerow(COLUMNS)
        self._file.flush()

    def build(self, number: int, config: Mapping[str, Any]) -> Training:
        """Build the training of configuration `number`."""
        seed = trial_seed(self._seed, number)
        return self._workload.build(config, dataclasses.replace(self._context, seed=seed))

    def train_epoch(
        self, training: Training, number: int, epoch: int, config: Mapping[str, Any]
    ) -> float:
        """Train, validate and record one epoch; return the validation value."""
        began = time.perf_counter()
        result = training.train_epoch()
        trained = time.perf_counter()
        value = training.validate()
        validated = time.perf_counter()
        self._record.writerow(
            (
                number,
                epoch,
                time.time(),
                trained - began,
                validated - trained,
                result.train_loss,
                value,
                config["lr"],
            )
        )
        self._file.flush()
        return value

    def train(self, number: int, config: Mapping[str, Any], epochs: int) -> float:
        """Train a trial from its first to its last epoch; return its last value."""
        training = self.build(number, config)
        values = [
            self.train_epoch(training, number, epoch, config) for epoch in range(1, epochs + 1)
        ]
        return values[-1]


def configurations(options: BaselineOptions) -> list[dict[str, Any]]:
    """Return the search's configurations."""
    space = ScriptedCifar10(ScriptedOptions(**options.workload)).space()
    return sample_configurations(space, options.trials, options.seed)


def record_path(out: Path, process: int) -> Path:
    """Return the file that holds the epochs of a process."""
    return out / f"epochs-{process}.csv"
