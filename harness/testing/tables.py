"""Tables of trainings that nobody trained, for tests and measurements of replays."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from harness.plugins.loading import load_workload
from harness.replay.curve import Curve
from harness.replay.table import About, RecordedTraining, TrainingTable
from harness.space import describe_space, sample_configurations

WORKLOAD = "harness.testing.workloads:AnalyticWorkload"
"""Whose space the configurations are from; its curves are not used."""

MACHINE = json.dumps(
    {
        "cpu": "synthetic",
        "cores": 1,
        "memory_bytes": 0,
        "cpu_has_bf16": False,
        "cpu_has_fp16": False,
        "gpus": [],
    }
)


def synthetic_table(
    configurations: int,
    epochs: int = 9,
    seeds: int = 1,
    generator_seed: int = 0,
    steps: int | None = None,
) -> TrainingTable:
    """Return trainings with values and times at random.

    Parameters
    ----------
    configurations, epochs, seeds
        How many.
    generator_seed
        Decides the values and times.
    steps
        Values are multiples of 1/`steps`, and times of 1/4 s up to 1 s, so that ties
        are frequent and, for a power of two, sums are exact; None for no steps.
    """
    workload = load_workload(WORKLOAD, {})
    generator = np.random.default_rng(generator_seed)

    def values() -> tuple[float, ...]:
        if steps is None:
            return tuple(generator.random(epochs).tolist())
        return tuple((generator.integers(0, steps + 1, epochs) / steps).tolist())

    def times() -> tuple[float, ...]:
        if steps is None:
            return tuple((0.1 + generator.random(epochs)).tolist())
        return tuple((generator.integers(1, 5, epochs) / 4).tolist())

    nothing = (0.0,) * epochs
    trainings = [
        RecordedTraining(
            number, seed, config, Curve(values(), values(), nothing, times(), nothing, nothing)
        )
        for number, config in enumerate(sample_configurations(workload.space(), configurations, 0))
        for seed in range(seeds)
    ]
    about = About(
        workload=WORKLOAD,
        workload_options=workload.options.model_dump(mode="json"),
        metric=workload.metric.name,
        mode=workload.metric.mode,
        epochs=epochs,
        space=describe_space(workload.space()),
    )
    return TrainingTable(about, "fp32", 1, tuple(trainings), (MACHINE,))


def rows_of(table: TrainingTable) -> pd.DataFrame:
    """Return a table's trainings as the rows of its file."""
    rows = []
    for training in table.trainings:
        curve = training.curve
        for place, value in enumerate(curve.values):
            rows.append(
                {
                    "precision": table.precision,
                    "ranks": table.ranks,
                    "number": training.number,
                    "seed": training.seed,
                    "config": json.dumps(dict(training.config)),
                    "epoch": place + 1,
                    "value": value,
                    "test_value": curve.test_values[place],
                    "train_loss": curve.train_losses[place],
                    "train_s": curve.train_s[place],
                    "data_wait_s": curve.data_wait_s[place],
                    "validate_s": curve.validate_s[place],
                    "setup_s": curve.setup_s,
                    "checkpoint_s": curve.checkpoint_s,
                    "state_bytes": curve.state_bytes,
                    "samples": curve.samples,
                    "parameters": curve.parameters,
                    "failed_epoch": curve.failed_epoch,
                    "arithmetic": table.arithmetic,
                    "hardware": table.hardware[0],
                }
            )
    return pd.DataFrame(rows)
