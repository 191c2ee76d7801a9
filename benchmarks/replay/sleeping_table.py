"""The trainings of a sleeping workload as a table: their values and sleeps are known."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from benchmarks.sleeping import SleepingTraining
from harness.plugins.loading import load_workload
from harness.replay.curve import Curve
from harness.replay.table import About, RecordedTraining, TrainingTable
from harness.space import describe_space, sample_configurations
from harness.testing.tables import MACHINE
from harness.trials.objective import trial_seed
from harness.workload import BuildContext, Workload

SLEEPING = "benchmarks.sleeping:SleepingWorkload"


def sleeping_table(options: dict[str, Any], trials: int, epochs: int, seed: int) -> TrainingTable:
    """Return the trainings of a search with a seed, as they would be without any cost.

    Parameters
    ----------
    options
        Those of the sleeping workload.
    trials, epochs
        How many configurations, and the length of each training.
    seed
        The search's seed.
    """
    workload = load_workload(SLEEPING, options)
    context = _context(epochs)
    trainings = [
        RecordedTraining(number, seed, config, _curve(workload, config, context, seed, number))
        for number, config in enumerate(sample_configurations(workload.space(), trials, seed))
    ]
    metric = workload.metric
    about = About(
        workload=SLEEPING,
        workload_options=workload.options.model_dump(mode="json"),
        metric=metric.name,
        mode=metric.mode,
        epochs=epochs,
        space=describe_space(workload.space()),
    )
    return TrainingTable(about, "fp32", 1, tuple(trainings), (MACHINE,))


def _curve(
    workload: Workload, config: dict[str, Any], context: BuildContext, seed: int, number: int
) -> Curve:
    own = dataclasses.replace(context, seed=trial_seed(seed, number))
    training = cast(SleepingTraining, workload.build(config, own))
    values, tests = [], []
    for _ in range(context.max_epochs):
        training.learn()
        values.append(training.validate())
        tests.append(training.test())
    nothing = (0.0,) * context.max_epochs
    seconds = (training.epoch_s,) * context.max_epochs
    return Curve(tuple(values), tuple(tests), nothing, seconds, nothing, nothing, parameters=1)


def _context(epochs: int) -> BuildContext:
    import torch

    from harness.machine.hardware import detect_hardware
    from harness.precision import resolve_precision

    precision = resolve_precision("fp32", "cpu", detect_hardware())
    return BuildContext(precision, torch.device("cpu"), 0, epochs)
