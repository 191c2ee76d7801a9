"""Ray, as the hand-written searches start and set it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import TrialScheduler

from benchmarks.baseline.options import BaselineOptions
from benchmarks.baseline.result import write_result

SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "TUNE_WARN_THRESHOLD_S": "3600",
}
"""No log files, no console tables, no snapshots of the experiment while it runs."""


@contextmanager
def cluster(options: BaselineOptions) -> Iterator[None]:
    """Start Ray with one logical CPU a worker."""
    os.environ.update(SETTINGS)
    options.out.mkdir(parents=True, exist_ok=True)
    ray.init(num_cpus=options.workers, include_dashboard=False, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()


def tune_and_time(
    options: BaselineOptions,
    trainable: type[tune.Trainable],
    param_space: dict[str, Any],
    scheduler: TrialScheduler | None = None,
) -> None:
    """Run a search on actors that go from trial to trial, and write what it took."""
    prepared = tune.with_parameters(trainable, options=options)
    tuner = tune.Tuner(
        tune.with_resources(prepared, {"cpu": 1}),
        param_space=param_space,
        tune_config=tune.TuneConfig(scheduler=scheduler, reuse_actors=True),
        run_config=tune.RunConfig(
            name="tune",
            storage_path=str(options.out),
            stop={"training_iteration": options.epochs},
            verbose=0,
        ),
    )
    began = time.perf_counter()
    tuner.fit()
    write_result(options.out, time.perf_counter() - began)
